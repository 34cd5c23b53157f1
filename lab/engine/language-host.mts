/**
 * Runs Node.js programs for the `pulumi` that the lab builds: the published language host comes in no package registry.
 *
 * It is copied beside that `pulumi`, outside every checkout, so it takes the SDK from the project that it serves.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type grpcModule from "@grpc/grpc-js";
import type services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type language from "@pulumi/pulumi/proto/language_pb.js";
import type plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type emptyModule from "google-protobuf/google/protobuf/empty_pb.js";

const engine = process.argv.at(-1) ?? "";

/** The SDK of the project, in whose directory Pulumi starts this program. */
const sdkFile = createRequire(join(process.cwd(), "program")).resolve("@pulumi/pulumi/package.json");
const load = createRequire(sdkFile);
const grpc: typeof grpcModule = load("@grpc/grpc-js");
const { LanguageRuntimeService }: typeof services = load("./proto/language_grpc_pb.js");
const messages: typeof language = load("./proto/language_pb.js");
const { PluginInfo }: typeof plugin = load("./proto/plugin_pb.js");
const { Empty }: typeof emptyModule = load("google-protobuf/google/protobuf/empty_pb.js");
const { version }: { version: string } = JSON.parse(readFileSync(sdkFile, "utf8"));

/** With this exit code the SDK says that it has told the user what is wrong. */
const toldAlready = 32;

const programs = new Set<ChildProcess>();

function endPrograms(): void {
  for (const program of programs) program.kill("SIGTERM");
}

function argumentsOf(request: language.RunRequest): string[] {
  const info = request.getInfo();
  const options: Record<string, string | undefined> = {
    engine,
    monitor: request.getMonitorAddress(),
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  return [
    join(dirname(sdkFile), "cmd/run/index.js"),
    ...Object.entries(options).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

/** Runs a program to its end, which the answer tells. What it prints, Pulumi shows. */
const run: grpcModule.handleUnaryCall<language.RunRequest, language.RunResponse> = (call, callback) => {
  const { request } = call;
  const program = spawn(process.execPath, argumentsOf(request), {
    cwd: request.getInfo()?.getProgramDirectory() || request.getPwd(),
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      // Node.js itself takes the types away.
      PULUMI_NODEJS_TYPESCRIPT: "false",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  programs.add(program);
  program.once("error", (error) => callback({ code: grpc.status.INTERNAL, details: error.message }));
  program.once("exit", (code, signal) => {
    programs.delete(program);
    const response = new messages.RunResponse();
    response.setBail(code === toldAlready);
    if (code !== 0 && code !== toldAlready)
      response.setError(`Program exited with ${signal ?? `non-zero exit code: ${code}`}`);
    callback(null, response);
  });
};

/** Runs a policy pack as a process that speaks for itself; its output and its end go to Pulumi. */
const runPlugin: grpcModule.handleServerStreamingCall<
  language.RunPluginRequest,
  language.RunPluginResponse
> = (call) => {
  const { request } = call;
  const directory = request.getInfo()?.getProgramDirectory() ?? ".";
  const runner = request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin";
  const arguments_ =
    runner === "run-plugin" ? [directory, ...request.getArgsList()] : [...request.getArgsList(), directory];
  const program = spawn(
    process.execPath,
    [join(dirname(sdkFile), "cmd", runner, "index.js"), ...arguments_],
    {
      cwd: request.getPwd(),
      env: Object.fromEntries(request.getEnvList().map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  programs.add(program);
  const tell = (fill: (response: language.RunPluginResponse) => void) => {
    const response = new messages.RunPluginResponse();
    fill(response);
    call.write(response);
  };
  program.stdout.on("data", (data: Buffer) => tell((response) => response.setStdout(data)));
  program.stderr.on("data", (data: Buffer) => tell((response) => response.setStderr(data)));
  program.once("error", (error) => call.destroy(error));
  program.once("close", (code) => {
    programs.delete(program);
    tell((response) => response.setExitcode(code ?? 1));
    call.end();
  });
  call.once("cancelled", () => program.kill("SIGTERM"));
};

const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
server.addService(LanguageRuntimeService, {
  run,
  runPlugin,
  about: (_: unknown, callback: grpcModule.sendUnaryData<language.AboutResponse>) => {
    const response = new messages.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    callback(null, response);
  },
  cancel: (_: unknown, callback: grpcModule.sendUnaryData<emptyModule.Empty>) => {
    endPrograms();
    callback(null, new Empty());
  },
  getPluginInfo: (_: unknown, callback: grpcModule.sendUnaryData<plugin.PluginInfo>) => {
    const info = new PluginInfo();
    info.setVersion(version);
    callback(null, info);
  },
  // Providers are started as the program asks for them.
  getRequiredPackages: (
    _: unknown,
    callback: grpcModule.sendUnaryData<language.GetRequiredPackagesResponse>,
  ) => callback(null, new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: (_: unknown, callback: grpcModule.sendUnaryData<language.GetRequiredPluginsResponse>) =>
    callback(null, new messages.GetRequiredPluginsResponse()),
} as unknown as grpcModule.UntypedServiceImplementation);

// A `pulumi` that was killed cannot end what it started.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid === parent) return;
  endPrograms();
  process.exit(1);
}, 1_000).unref();
process.once("SIGTERM", () => {
  endPrograms();
  process.exit(143);
});

server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(String(port));
});
