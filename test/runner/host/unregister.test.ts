import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { execa } from "execa";
import { afterEach, expect, it } from "vitest";
import { configToml } from "../../../runner/host/config-toml.ts";
import { exampleSettings } from "./settings.ts";

const SCRIPT = new URL("../../../runner/host/cloud/unregister.sh", import.meta.url).pathname;
const PRELUDE = `set -euo pipefail\nsay() { printf '%s\\n' "$*"; }\nHTTP_PROXY_URL= HTTPS_PROXY_URL= NO_PROXY_LIST=\n. ${SCRIPT}\n`;
const bash = (command: string, input = "") => execa("bash", ["-c", PRELUDE + command], { input });

let server: Server | undefined;
afterEach(() => server?.close());

/** A GitLab that answers every request with this status. */
async function gitlab(status: number) {
  const asked: string[] = [];
  const listening = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
      response.writeHead(status).end();
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  return { asked, url: `http://127.0.0.1:${port}/api/v4/runners/managers` };
}

it("asks GitLab to forget this machine's manager, with the token in the body and nowhere else", async () => {
  const { asked, url } = await gitlab(204);
  const { stdout } = await bash(`delete_manager open ${url} glrt-0123456789 s_abc`);
  expect(asked).toEqual([
    'DELETE /api/v4/runners/managers application/json {"token":"glrt-0123456789","system_id":"s_abc"}',
  ]);
  expect(stdout).toBe("GitLab no longer has a manager of level open on this machine");
});

it.each([
  [403, /had no manager/],
  [404, /had no manager/],
  [418, /answers 418 to the removal/],
])("never fails a shutdown: GitLab answers %i", async (status, message) => {
  const { url } = await gitlab(status);
  const { stdout, exitCode } = await bash(`delete_manager open ${url} glrt-0123456789 s_abc`);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(message);
});

it("never fails a shutdown: GitLab is gone", async () => {
  const { url } = await gitlab(204);
  server?.close();
  const { stdout } = await bash(`delete_manager open ${url} glrt-0123456789 s_abc`);
  expect(stdout).toMatch(/offline until GitLab removes it/);
});

it("finds the tokens in the manager's file, those that the manager wrote itself included", async () => {
  const text = configToml(exampleSettings(), "open").replace('"@socket@"', '"glrt-first"');
  const renewed = text.replace(
    'token = "@plain@"',
    '  token = "glrt-second"\n  token_expires_at = 2030-01-01T00:00:00Z',
  );
  expect((await bash("quoted_values token <(cat)", renewed)).stdout).toBe("glrt-first\nglrt-second");
  expect((await bash("quoted_values url <(cat)", renewed)).stdout).toBe(
    "https://gitlab.example.com\nhttps://gitlab.example.com",
  );
});
