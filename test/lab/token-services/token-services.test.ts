/** The services refuse what a cloud would refuse: a test against them says something only then. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { expect, test } from "vitest";
import { createCa } from "../../../lab/ca.ts";
import type { Request } from "../../../lab/http-service.ts";
import { createIssuer } from "../../../lab/token-services/issuer.ts";
import { startTokenServices } from "../../../lab/token-services/server.ts";
import { signatureProblem } from "../../../lab/token-services/signature.ts";

const keys = {
  accessKeyId: "ASIA0123456789ABCDEF",
  secretAccessKey: "a secret key",
  sessionToken: "a session",
};
const scope = {
  service: "ecr",
  region: "eu-west-1",
  keys: (id: string) => (id === keys.accessKeyId ? keys : undefined),
};

async function signed(date = new Date(), secretAccessKey = keys.secretAccessKey): Promise<Request> {
  const signer = new SignatureV4({
    service: "ecr",
    region: "eu-west-1",
    credentials: { ...keys, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "localhost",
      path: "/",
      query: {},
      headers: { host: "localhost", "x-amz-target": "Ecr.GetAuthorizationToken" },
      body: "{}",
    },
    { signingDate: date },
  );
  return { method: "POST", path: "/", query: new URLSearchParams(), headers, body: "{}" };
}

test("a signature holds for the request that was signed, and for no other", async () => {
  const sound = await signed();
  const problem = async (change: Partial<Request>) =>
    (await signatureProblem({ ...sound, ...change }, scope))?.__type;
  const header = (name: string, value: string) => problem({ headers: { ...sound.headers, [name]: value } });
  expect(await problem({})).toBeUndefined();
  expect(await problem({ body: "{ }" })).toBe("InvalidSignatureException");
  expect(await problem({ path: "/other" })).toBe("InvalidSignatureException");
  expect(await header("x-amz-target", "Ecr.DeleteRepository")).toBe("InvalidSignatureException");
  expect(await header("x-amz-security-token", "another")).toBe("UnrecognizedClientException");
  expect(await header("authorization", "Bearer x")).toBe("MissingAuthenticationTokenException");
  expect((await signatureProblem(await signed(new Date(Date.now() - 600_000)), scope))?.message).toMatch(
    /expired/,
  );
  expect((await signatureProblem(await signed(new Date(), "another key"), scope))?.__type).toBe(
    "InvalidSignatureException",
  );
  expect((await signatureProblem(sound, { ...scope, keys: () => undefined }))?.__type).toBe(
    "UnrecognizedClientException",
  );
  expect((await signatureProblem(sound, { ...scope, region: "us-east-1" }))?.message).toMatch(/region/);
});

test("an issuer takes its own tokens only", async () => {
  const [issuer, stranger] = [await createIssuer(), await createIssuer()];
  expect(await issuer.claims(await issuer.idToken({ audience: "a" }))).toMatchObject({
    aud: "a",
    iss: "https://gitlab.example.com",
    project_path: "acme/shop",
  });
  await expect(issuer.claims(await stranger.idToken({ audience: "a" }))).rejects.toThrow(/signature/);
  await expect(issuer.claims(await issuer.idToken({ audience: "a", lifetime: -1 }))).rejects.toThrow(/exp/);
});

test("the services answer over TLS, by a certificate of the lab", async () => {
  const directory = await mkdtemp(path.join(tmpdir(), "token-services-"));
  const ca = await createCa(directory);
  const services = await startTokenServices({
    certificate: await ca.issue("clouds", { ips: ["127.0.0.1"] }),
  });
  const status = (trust: { ca?: string }) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(services.url, { ...trust }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on("error", reject)
        .end();
    });
  try {
    expect(await status({ ca: ca.caPem })).toBe(404);
    await expect(status({})).rejects.toThrow(/certificate/);
  } finally {
    await services.stop();
    await rm(directory, { recursive: true });
  }
});
