import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newerTag, parsePins } from "../../pipeline/pin-update.ts";

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** A registry as the distribution specification has it: a token for each repository, pages of two tags. */
class Registry {
  /** Repository to tag to manifest. */
  readonly repositories = new Map<string, Map<string, string>>();
  readonly requests: string[] = [];
  /** Whether it names digests; they can also be computed. */
  saysDigests = true;
  /** Answers in the place of the registry. */
  fault: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  get host(): string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "";
  }

  start = () => new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  stop = () => new Promise((resolve) => this.#server.close(resolve));

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    const url = new URL(request.url ?? "/", `http://${this.host}`);
    if (this.fault?.(request, response) === true) return;
    if (url.pathname === "/token") {
      this.#token(url, response);
      return;
    }
    const [, name = "", kind = "", reference = ""] =
      /^\/v2\/(.+)\/(manifests|tags)\/(.+)$/.exec(url.pathname) ?? [];
    if (request.headers.authorization !== `Bearer ${tokenOf(name)}`) {
      const scope = `repository:${name}:pull`;
      const challenge = `Bearer realm="http://${this.host}/token",service="test registry",scope="${scope}"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return;
    }
    const tags = this.repositories.get(name);
    if (tags === undefined) response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}');
    else if (kind === "tags") this.#tags(name, [...tags.keys()].sort(), url, response);
    else this.#manifest(tags.get(reference), request, response);
  }

  #token(url: URL, response: ServerResponse): void {
    const name = /^repository:(.+):pull$/.exec(url.searchParams.get("scope") ?? "")?.[1];
    const known = name !== undefined && url.searchParams.get("service") === "test registry";
    response.writeHead(known ? 200 : 400).end(JSON.stringify({ token: known ? tokenOf(name) : "" }));
  }

  #tags(name: string, all: string[], url: URL, response: ServerResponse): void {
    const last = url.searchParams.get("last") ?? "";
    const rest = all.filter((tag) => tag > last);
    const page = rest.slice(0, 2);
    if (rest.length > page.length) {
      response.setHeader("link", `</v2/${name}/tags/list?n=2&last=${page.at(-1)}>; rel="next"`);
    }
    response.end(JSON.stringify({ name, tags: page }));
  }

  #manifest(text: string | undefined, request: IncomingMessage, response: ServerResponse): void {
    // A registry gives one platform's manifest to those who do not ask for indexes.
    const asked = request.headers.accept?.startsWith("application/vnd.oci.image.index.v1+json");
    if (text === undefined || asked !== true) {
      response.writeHead(404).end();
      return;
    }
    if (this.saysDigests) response.setHeader("docker-content-digest", digestOf(text));
    response.end(request.method === "HEAD" ? undefined : text);
  }
}

const tokenOf = (name: string) => `token-for-${name}`;

let registry: Registry;
let directory: string;
let file: string;

beforeEach(async () => {
  registry = new Registry();
  await registry.start();
  directory = await mkdtemp(path.join(tmpdir(), "pins-"));
  file = path.join(directory, "tools.json");
});

afterEach(async () => {
  await registry.stop();
  await rm(directory, { recursive: true });
});

/** Pins a tag to the manifest it has now, and puts `tags` beside it. */
async function pinned(tag: string, others: readonly string[] = []): Promise<void> {
  registry.repositories.set("acme/tool", new Map([tag, ...others].map((one) => [one, `manifest of ${one}`])));
  await write({ tag, digest: digestOf(`manifest of ${tag}`) });
}

const write = (pin: Record<string, string>) =>
  writeFile(
    file,
    JSON.stringify({
      tool: { image: `${registry.host}/acme/tool`, releases: "https://example.com/releases", ...pin },
    }),
  );

const pins = (...argv: string[]) =>
  execa(process.execPath, ["pipeline/pins.ts", "--file", file, ...argv], { reject: false });

const tool = async () => JSON.parse(await readFile(file, "utf8")).tool;

describe("npm run pins", () => {
  test("finds the newest tag of the same shape on the last page, with one token", async () => {
    await pinned("v1.2.3-dev", [
      "v1.9.0-dev",
      "v1.10.0-dev",
      "v1.11.0",
      "v2.0.0-rc",
      "latest-dev",
      "v3.0.0-dev",
    ]);
    const { stdout, exitCode } = await pins();
    expect(stdout.split("\n")[1]).toMatch(/^tool +v1\.2\.3-dev +as pinned +v3\.0\.0-dev +https/);
    expect(exitCode).toBe(0);
    expect(registry.requests.filter((one) => one.includes("/tags/list")).length).toBe(4);
    expect(registry.requests.filter((one) => one.startsWith("GET /token")).length).toBe(1);
  });

  test("writes nothing unless told to", async () => {
    await pinned("v1.2.3", ["v1.3.0"]);
    const before = await readFile(file, "utf8");
    await pins();
    expect(await readFile(file, "utf8")).toBe(before);
  });

  test("--write takes the newest of the major version, with its digest; --major the newest", async () => {
    await pinned("v1.2.3", ["v1.3.0", "v2.0.0"]);
    expect((await pins("--write")).stdout).toContain("Wrote");
    expect(await tool()).toMatchObject({ tag: "v1.3.0", digest: digestOf("manifest of v1.3.0") });
    await pins("--write", "--major");
    expect(await tool()).toMatchObject({ tag: "v2.0.0", digest: digestOf("manifest of v2.0.0") });
    const written = await readFile(file, "utf8");
    expect((await pins("--write", "--major")).stdout).toContain("Nothing is newer");
    expect(await readFile(file, "utf8")).toBe(written);
  });

  test("--check fails when a tag was pushed again, and names both digests", async () => {
    await pinned("1.0.0");
    expect((await pins("--check")).exitCode).toBe(0);
    registry.repositories.get("acme/tool")?.set("1.0.0", "another manifest");
    const { exitCode, stdout, stderr } = await pins("--check");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/1\.0\.0 +moved/);
    expect(stderr).toContain(digestOf("another manifest"));
    expect(stderr).toContain(digestOf("manifest of 1.0.0"));
    expect((await pins()).exitCode).toBe(0);
  });

  test("--check fails when a tag is gone, and --write keeps its pin", async () => {
    await pinned("1.0.0", ["0.9.0"]);
    registry.repositories.get("acme/tool")?.delete("1.0.0");
    const { exitCode, stderr } = await pins("--check", "--write");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("is gone");
    expect(await tool()).toMatchObject({ tag: "1.0.0", digest: digestOf("manifest of 1.0.0") });
  });

  test("computes a digest that the registry does not say", async () => {
    await pinned("1.0.0");
    registry.saysDigests = false;
    expect((await pins("--check")).exitCode).toBe(0);
  });
});

describe("a registry that is of no help", () => {
  const faults: [string, (request: IncomingMessage, response: ServerResponse) => void, string][] = [
    [
      "wants a password",
      (_, response) => answer(response, 401, { "www-authenticate": "Basic" }),
      "not a token's",
    ],
    [
      "sends for a token over plain HTTP",
      (_, response) =>
        answer(response, 401, { "www-authenticate": 'Bearer realm="http://registry.example.com/token"' }),
      "not a token's",
    ],
    ["limits requests", (_, response) => answer(response, 429), "try again later"],
    ["breaks", (_, response) => answer(response, 500), "answered 500"],
    ["hangs up", (request) => request.socket.destroy(), "cannot be reached"],
  ];
  const answer = (response: ServerResponse, status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, headers).end();

  test.each(faults)("that %s", async (_, fault, message) => {
    await pinned("1.0.0");
    const before = await readFile(file, "utf8");
    registry.fault = (request, response) => {
      fault(request, response);
      return true;
    };
    const { exitCode, stderr } = await pins("--write");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(registry.host);
    expect(stderr).toContain(message);
    expect(await readFile(file, "utf8")).toBe(before);
  });

  test("whose next page is on another host gets no token there", async () => {
    await pinned("1.0.0");
    registry.fault = ({ url = "" }, response) => {
      if (url.includes("/tags/list"))
        response.setHeader("link", '<https://elsewhere.example.com/>; rel="next"');
      return false;
    };
    const { exitCode, stderr } = await pins();
    expect(exitCode).toBe(2);
    expect(stderr).toContain("elsewhere.example.com");
  });

  test("that has no such image", async () => {
    await pinned("1.0.0");
    registry.repositories.clear();
    const { exitCode, stderr } = await pins();
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Correct the image's name");
  });
});

test("a file that is wrong is told entry by entry", async () => {
  await write({ tag: "latest", digest: "sha256:12" });
  const { exitCode, stderr } = await pins();
  expect(exitCode).toBe(2);
  expect(stderr).toContain("tool.tag: must be a full version");
  expect(stderr).toContain("tool.digest: must be sha256:");
  expect(registry.requests).toEqual([]);
});

test("the pins of this repository can be read", async () => {
  const pins = parsePins(await readFile("pipeline/tools.json", "utf8"), "tools.json");
  expect(Object.keys(pins)).toContain("cosign");
});

test.each([
  [
    "28.3.3-cli",
    ["28.4.0-cli", "28.10.0-cli", "29.0.0-cli", "28.11.0-dind", "28-cli"],
    "28.10.0-cli",
    "29.0.0-cli",
  ],
  ["v2.14.0-alpine", ["v2.14.0-alpine", "v2.13.0-alpine"], undefined, undefined],
  ["1.2.3", ["v1.2.4", "1.2.4-rc.1", "1.2", "sha-1.2.9"], undefined, undefined],
])("newerTag of %s", (tag, tags, ofMajor, any) => {
  expect(newerTag(tag, tags, "major")).toBe(ofMajor);
  expect(newerTag(tag, tags, "any")).toBe(any);
});
