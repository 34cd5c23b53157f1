/** The pack as the engine runs it: a process of its own, started by Pulumi's runner, and spoken to by its protocol. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireObject } from "../../lab/providers/wire.ts";
import { rules } from "../../policy/rules/index.ts";

/** The engine's word for a text that a preview does not know yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const TEMPLATE = "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate";
const FIREWALL = "gcp:compute/firewall:Firewall";

let pack: ChildProcess;
let client: services.AnalyzerClient;
let said = "";

beforeAll(async () => {
  const runner = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const directory = fileURLToPath(new URL("../../policy", import.meta.url));
  pack = spawn(process.execPath, [runner, "127.0.0.1:0", directory], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const port = await new Promise<string>((resolve, reject) => {
    if (!pack.stdout || !pack.stderr) throw new Error("the pack's output is not read");
    createInterface({ input: pack.stdout }).once("line", resolve);
    createInterface({ input: pack.stderr }).on("line", (line) => {
      said += `${line}\n`;
    });
    pack.once("exit", (code) => reject(new Error(`the pack ended with ${code}: ${said}`)));
  });
  client = new services.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  pack.removeAllListeners("exit");
  const gone = once(pack, "exit");
  pack.kill();
  await gone;
});

interface Diagnostic {
  readonly policy: string;
  readonly message: string;
  readonly level: number;
}

const toStruct = (value: WireObject) =>
  // The declared type leaves read-only lists out, which the function takes.
  struct.Struct.fromJavaScript(value as Parameters<typeof struct.Struct.fromJavaScript>[0]);

/** A unary call as a promise. */
const call = <Response>(
  act: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    act((error, response) => (error === null ? resolve(response) : reject(error)));
  });

async function analyze(type: string, props: WireObject): Promise<Diagnostic[]> {
  const request = new messages.AnalyzeRequest();
  request.setType(type);
  request.setName("linux");
  request.setUrn(`urn:pulumi:dev::buildx-runners::${type}::linux`);
  request.setProperties(toStruct(props));
  request.setOptions(new messages.AnalyzerResourceOptions());
  const response = await call<messages.AnalyzeResponse>((done) => client.analyze(request, done));
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    message: diagnostic.getMessage(),
    level: diagnostic.getEnforcementlevel(),
  }));
}

/** What a run ended with: the resources' outputs by type. */
async function analyzeStack(outputs: Readonly<Record<string, WireObject>>): Promise<string[]> {
  const request = new messages.AnalyzeStackRequest();
  for (const [type, props] of Object.entries(outputs)) {
    const resource = new messages.AnalyzerResource();
    resource.setType(type);
    resource.setName("linux");
    resource.setUrn(`urn:pulumi:dev::buildx-runners::${type}::linux`);
    resource.setProperties(toStruct(props));
    resource.setOptions(new messages.AnalyzerResourceOptions());
    request.addResources(resource);
  }
  const response = await call<messages.AnalyzeResponse>((done) => client.analyzeStack(request, done));
  return response
    .getDiagnosticsList()
    .map((diagnostic) => `${diagnostic.getUrn()} ${diagnostic.getMessage()}`);
}

async function configure(levels: Readonly<Record<string, number>>): Promise<void> {
  const request = new messages.ConfigureAnalyzerRequest();
  for (const [name, level] of Object.entries(levels)) {
    const config = new messages.PolicyConfig();
    config.setEnforcementlevel(level);
    config.setProperties(toStruct({ required: ["team"] }));
    request.getPolicyconfigMap().set(name, config);
  }
  await call((done) => client.configure(request, done));
}

const openFirewall = { allows: [{ protocol: "tcp", ports: ["22"] }], sourceRanges: ["0.0.0.0/0"] };

describe("the policy pack", () => {
  it("starts on Node's own reading of TypeScript, and has every rule", async () => {
    const info = await call<messages.AnalyzerInfo>((done) => client.getAnalyzerInfo(new empty.Empty(), done));
    expect(info.getName()).toBe("buildx-runners");
    expect(
      info
        .getPoliciesList()
        .map((policy) => policy.getName())
        .sort(),
    ).toEqual(rules.map(({ name }) => name).sort());
    expect(said).toBe("");
  });

  it("refuses, and says why", async () => {
    const { MANDATORY } = messages.EnforcementLevel;
    expect(await analyze(FIREWALL, openFirewall)).toEqual([
      {
        policy: "no-open-firewall",
        level: MANDATORY,
        message: expect.stringContaining(
          "linux, sourceRanges[0]: 0.0.0.0/0 allows connections from every address.",
        ),
      },
    ]);
  });

  it("leaves to the update what a preview does not know, and checks the rest", async () => {
    const found = await analyze(TEMPLATE, {
      labels: UNKNOWN,
      metadata: {
        "enable-oslogin": "TRUE",
        "block-project-ssh-keys": "TRUE",
        "buildx-runners-secret": UNKNOWN,
        "startup-script": `glrt-${"x".repeat(20)}`,
      },
      shieldedInstanceConfig: {
        enableSecureBoot: true,
        enableVtpm: true,
        enableIntegrityMonitoring: true,
      },
      disks: [{ boot: true, sourceImage: UNKNOWN }],
      networkInterfaces: [{ subnetwork: UNKNOWN }],
      serviceAccount: { email: UNKNOWN, scopes: ["https://www.googleapis.com/auth/cloud-platform"] },
    });
    expect(found.map(({ policy }) => policy)).toEqual(["no-token-in-text"]);
  });

  it("looks at the outputs of a run, where only providers may hold credentials", async () => {
    const token = `glpat-${"x".repeat(20)}`;
    const found = await analyzeStack({
      "pulumi:providers:gitlab": { token },
      "pulumi:pulumi:Stack": { runners: { open: "42" }, hosts: UNKNOWN, token },
    });
    expect(found).toEqual([
      expect.stringMatching(
        /::pulumi:pulumi:Stack::linux .*\nlinux, token: it is, or contains, a token of GitLab/,
      ),
    ]);
  });

  it("does as it is configured", async () => {
    const { ADVISORY, DISABLED, MANDATORY } = messages.EnforcementLevel;
    await configure({ "no-open-firewall": ADVISORY, "shielded-vm": DISABLED, labels: MANDATORY });
    expect((await analyze(FIREWALL, openFirewall)).map(({ level }) => level)).toEqual([ADVISORY]);
    const found = await analyze("gcp:secretmanager/secret:Secret", { replication: { auto: {} } });
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining("linux, labels.team: the label is missing."),
    ]);
    expect((await analyze(TEMPLATE, {})).map(({ policy }) => policy)).not.toContain("shielded-vm");
    await configure({});
  });
});
