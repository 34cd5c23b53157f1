/** A lab whose project signs, with the real cosign, and what its tests ask of the registry. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigEntry } from "../../lab/engine/index.ts";
import { ensureImages } from "../../lab/images/index.ts";
import { ensurePrograms } from "../../lab/images/programs.ts";
import { toolDefinitions } from "../../lab/images/tool-definitions.ts";
import { type Lab, PROJECT, startLab } from "../../lab/lab.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { run } from "../../lab/run.ts";
import { type ToolName, toolPins } from "../../pipeline/tools.ts";
import { configure } from "./project.ts";

export const IMAGES = ["app", "db-init"];

const reference = (name: ToolName) => `${toolPins[name].image}:${toolPins[name].tag}`;

/** The tool's program on this computer. */
export async function programOf(name: ToolName): Promise<string> {
  const definition = toolDefinitions.find((one) => one.reference === reference(name));
  if (!definition?.programs) throw new Error(`the lab compiles no ${name}`);
  return join(await ensurePrograms(definition.programs), name);
}

/** Puts images of tools into the lab's mirror, and says what the stack calls them there. */
export async function toolsInMirror(lab: Lab, names: readonly ToolName[]): Promise<Record<string, string>> {
  const references = names.map(reference);
  await ensureImages({ references, registry: { address: lab.mirror.address, caPath: lab.ca.caPath } });
  const inMirror = (image: string) => `${lab.mirror.address}/${image.replace(/^ghcr\.io\//, "")}`;
  return Object.fromEntries(names.map((name, index) => [name, inMirror(references[index] ?? "")]));
}

export interface SigningKey {
  readonly key: string;
  readonly password: string;
  readonly publicKey: string;
}

/** A new key pair, made by cosign itself. */
export async function signingKey(password: string): Promise<SigningKey> {
  const directory = mkdtempSync(join(tmpdir(), "signing-key-"));
  try {
    const prefix = join(directory, "cosign");
    await run(await programOf("cosign"), ["generate-key-pair", "--output-key-prefix", prefix], {
      env: { COSIGN_PASSWORD: password, HOME: directory },
    });
    const read = (suffix: string) => readFileSync(`${prefix}.${suffix}`, "utf8");
    return { key: read("key"), password, publicKey: read("pub") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Copies an image inside the project's registry, as somebody with its password could: no pipeline knows of it. */
export async function tamper(lab: Lab, from: string, to: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "certificates-"));
  copyFileSync(lab.ca.caPath, join(directory, "ca.crt"));
  const { address, user = "", password = "" } = lab.registry;
  const credentials = `${user}:${password}`;
  try {
    await run("skopeo", [
      ...["copy", "--quiet", "--all", "--preserve-digests"],
      ...["--src-cert-dir", directory, "--dest-cert-dir", directory],
      ...["--src-creds", credentials, "--dest-creds", credentials],
      `docker://${address}/${PROJECT}/${from}`,
      `docker://${address}/${PROJECT}/${to}`,
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The lab, with configuration of its project on top of Pulumi.lab.yaml, and nothing run yet. */
export async function labWith(settings: (lab: Lab) => Promise<readonly ConfigEntry[]>): Promise<Lab> {
  const lab = await startLab({ assumeYes: true, step: loggedSteps, readyHost: true });
  try {
    await configure(lab, await settings(lab));
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** @throws LabError where an image of the project's registry has no signature by this key. */
export async function verifies(lab: Lab, key: SigningKey, image: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "verify-"));
  const { address, user = "", password = "" } = lab.registry;
  try {
    const auth = Buffer.from(`${user}:${password}`).toString("base64");
    writeFileSync(join(directory, "config.json"), JSON.stringify({ auths: { [address]: { auth } } }));
    writeFileSync(join(directory, "cosign.pub"), key.publicKey);
    await run(
      await programOf("cosign"),
      [
        ...["verify", "--key", join(directory, "cosign.pub"), "--insecure-ignore-tlog=true"],
        `${address}/${PROJECT}/${image}`,
      ],
      { env: { DOCKER_CONFIG: directory, HOME: directory, SSL_CERT_FILE: lab.ca.caPath } },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
