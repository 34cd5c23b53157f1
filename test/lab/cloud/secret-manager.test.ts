/** Secret Manager gives a payload to whom the secret is open, and errors in Google's words to everyone else. */
import { describe, expect, test } from "vitest";
import { crc32c } from "../../../lab/cloud/crc32c.ts";
import { answerSecretManager } from "../../../lab/cloud/secret-manager.ts";
import type { CloudState } from "../../../lab/cloud/state.ts";
import { initialState, merge, type Patch } from "../../../lab/cloud/state.ts";

const NAME = "projects/acme-ci/secrets/runners";
const state = merge(initialState("host-1"), {
  secrets: {
    [NAME]: {
      accessors: ["runners@acme-ci.iam.gserviceaccount.com"],
      versions: {
        "2": { payload: "a\tglrt-2\n", state: "ENABLED" },
        "10": { payload: "a\tglrt-10 ü\n", state: "ENABLED" },
        "1": { payload: "a\tglrt-1\n", state: "DESTROYED" },
      },
    },
  },
});

function ask(path: string, authorization?: string, change: Patch<CloudState> = {}, method = "GET") {
  const headers = authorization === undefined ? {} : { authorization };
  const gone = new AbortController().signal;
  const request = { method, path, query: new URLSearchParams(), headers, body: "", gone };
  const { status, body } = answerSecretManager(merge(state, change), request);
  return { status, body: body.startsWith("{") ? (JSON.parse(body) as Record<string, unknown>) : body };
}
const OWN = "Bearer the-machines-own-identity";
const error = (code: number, status: string, message: unknown) => ({
  status: code,
  body: { error: { code, status, message } },
});

test("the checksum is the one of the standard's example", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

describe("access of a version", () => {
  test.each([
    [`${NAME}/versions/10`, "10"],
    ["projects/415104041262/secrets/runners/versions/10", "10"],
    [`${NAME}/versions/latest`, "10"],
  ])("by %s", (name, version) => {
    const data = Buffer.from("a\tglrt-10 ü\n");
    expect(ask(`/v1/${name}:access`, OWN)).toEqual({
      status: 200,
      body: {
        name: `projects/415104041262/secrets/runners/versions/${version}`,
        payload: { data: data.toString("base64"), dataCrc32c: String(crc32c(data)) },
      },
    });
  });

  test.each([
    [
      "without a token",
      `${NAME}/versions/2`,
      undefined,
      {},
      error(401, "UNAUTHENTICATED", expect.stringMatching(/^Request is missing/)),
    ],
    [
      "with another's token",
      `${NAME}/versions/2`,
      "Bearer x",
      {},
      error(401, "UNAUTHENTICATED", expect.stringMatching(/invalid/)),
    ],
    [
      "with too narrow a scope",
      `${NAME}/versions/2`,
      OWN,
      { serviceAccount: { scopes: ["https://www.googleapis.com/auth/logging.write"] } },
      error(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes."),
    ],
    [
      "that is not open to the account",
      `${NAME}/versions/2`,
      OWN,
      { secrets: { [NAME]: { accessors: [] } } },
      error(
        403,
        "PERMISSION_DENIED",
        `Permission 'secretmanager.versions.access' denied for resource '${NAME}/versions/2' (or it may not exist).`,
      ),
    ],
    [
      "of a secret that is not there",
      "projects/acme-ci/secrets/other/versions/1",
      OWN,
      {},
      error(403, "PERMISSION_DENIED", expect.stringContaining("may not exist")),
    ],
    [
      "of another project",
      "projects/other/secrets/runners/versions/2",
      OWN,
      {},
      error(403, "PERMISSION_DENIED", expect.anything()),
    ],
    [
      "that is not there",
      `${NAME}/versions/3`,
      OWN,
      {},
      error(404, "NOT_FOUND", "Secret Version [projects/415104041262/secrets/runners/versions/3] not found."),
    ],
    [
      "that was destroyed",
      `${NAME}/versions/1`,
      OWN,
      {},
      error(
        400,
        "FAILED_PRECONDITION",
        "Secret Version [projects/415104041262/secrets/runners/versions/1] is in DESTROYED state.",
      ),
    ],
  ])("%s is refused", (_what, name, authorization, change, expected) => {
    expect(ask(`/v1/${name}:access`, authorization, change)).toEqual(expected);
  });

  test("is a GET of this path alone", () => {
    expect(ask(`/v1/${NAME}/versions/2:access`, OWN, {}, "POST").status).toBe(404);
    expect(ask(`/v1/${NAME}/versions/2`, OWN).status).toBe(404);
  });
});
