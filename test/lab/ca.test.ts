import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCa, type LabCa, subjectAltName } from "../../lab/ca.ts";

let directory: string;
let ca: LabCa;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ca-"));
  ca = await createCa(directory);
});
afterAll(() => rm(directory, { recursive: true }));

test("issues server certificates for exactly the addresses asked for", async () => {
  const { certPath, keyPath } = await ca.issue("registry", { ips: ["10.77.0.1"], hosts: ["registry.lab"] });
  const authority = new X509Certificate(ca.caPem);
  const certificate = new X509Certificate(await readFile(certPath));
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.checkIP("10.77.0.1")).toBe("10.77.0.1");
  expect(certificate.checkIP("10.77.0.2")).toBeUndefined();
  expect(certificate.checkHost("registry.lab")).toBe("registry.lab");
  expect(certificate.ca).toBe(false);
  expect((await stat(keyPath)).mode & 0o777).toBe(0o600);
});

test("is taken up again from its directory", async () => {
  expect((await createCa(directory)).caPem).toBe(ca.caPem);
});

test("refuses a certificate for nothing, and for what is no address", () => {
  expect(() => subjectAltName({})).toThrow("needs at least one");
  expect(() => subjectAltName({ ips: ["10.77.0.1", "registry"] })).toThrow('"registry": not an IP address');
});
