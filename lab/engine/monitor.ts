import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type {
  GetRootResourceRequest,
  LogRequest,
  RequirePulumiVersionRequest,
  SetRootResourceRequest,
} from "@pulumi/pulumi/proto/engine_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import resourceService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceCallRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Deployment } from "./deployment.ts";
import { goalOf, urnOf } from "./goal.ts";
import { answer, channelOptions, fromStruct, toStruct } from "./grpc.ts";
import { type PluginHost, packageOf } from "./plugins.ts";
import type { Report } from "./report.ts";
import type { Diagnostic } from "./types.ts";

export interface MonitorOptions {
  readonly identity: { readonly project: string; readonly stack: string };
  readonly deployment: Deployment | undefined;
  readonly plugins: PluginHost;
  readonly report: Report;
  readonly preview: boolean;
}

/** The two services that a program and its plugins speak to, on the loopback interface. */
export interface Monitor {
  readonly address: string;
  stop(): void;
}

/** Starts the engine's services. Without a deployment there is only the one that plugins report to. */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const server = new grpc.Server(channelOptions);
  server.addService(engineService.EngineService, engineHandlers(options));
  if (options.deployment !== undefined) {
    server.addService(resourceService.ResourceMonitorService, monitorHandlers(options, options.deployment));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

const severities: readonly Diagnostic["severity"][] = ["debug", "info", "warning", "error"];

function engineHandlers({ report }: MonitorOptions): grpc.UntypedServiceImplementation {
  let root = "";
  return {
    log: answer((request: LogRequest) => {
      const severity = severities[request.getSeverity()] ?? "info";
      if (severity !== "debug") {
        report.say(severity, request.getMessage(), request.getUrn());
      }
      return new empty.Empty();
    }),
    getRootResource: answer((_request: GetRootResourceRequest) => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: answer((request: SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
    requirePulumiVersion: answer(
      (_request: RequirePulumiVersionRequest) => new engine.RequirePulumiVersionResponse(),
    ),
  };
}

function monitorHandlers(options: MonitorOptions, deployment: Deployment): grpc.UntypedServiceImplementation {
  const { identity, plugins, preview } = options;
  return {
    getDeploymentInfo: answer(() => {
      const info = new resource.DeploymentInfo();
      info.setProject(identity.project);
      info.setStack(identity.stack);
      info.setDryrun(preview);
      const {
        RESOURCE_MONITOR_FEATURE_SECRETS: secrets,
        RESOURCE_MONITOR_FEATURE_DELETED_WITH: deletedWith,
      } = resource.ResourceMonitorFeature;
      // The SDK refuses by itself whatever is not named here: transforms, hooks and the like.
      info.setSupportedfeaturesList([secrets, deletedWith]);
      return info;
    }),
    registerResource: answer(async (request: RegisterResourceRequest) => {
      const goal = goalOf(request, identity);
      const { id, outputs } = await deployment.register(goal);
      const response = new resource.RegisterResourceResponse();
      response.setUrn(goal.urn);
      response.setId(id);
      response.setObject(toStruct(outputs));
      return response;
    }),
    registerResourceOutputs: answer((request: RegisterResourceOutputsRequest) => {
      deployment.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new empty.Empty();
    }),
    readResource: answer((request: ReadResourceRequest) => readResource(request, options, deployment)),
    invoke: answer((request: ResourceInvokeRequest) => invoke(request, plugins, preview)),
    call: answer((request: ResourceCallRequest) => {
      const response = new provider.CallResponse();
      const failure = new provider.CheckFailure();
      failure.setReason(
        `the in-process engine cannot call ${request.getTok()}: it has no methods of components`,
      );
      response.addFailures(failure);
      return response;
    }),
    signalAndWaitForShutdown: answer(() => new empty.Empty()),
  };
}

async function readResource(request: ReadResourceRequest, options: MonitorOptions, deployment: Deployment) {
  const named = { type: request.getType(), name: request.getName(), parent: request.getParent() };
  const urn = urnOf(options.identity, named);
  const { outputs } = await deployment.read(
    {
      urn,
      type: named.type,
      name: named.name,
      custom: true,
      parent: named.parent === "" ? undefined : named.parent,
      properties: fromStruct(request.getProperties()),
      dependencies: request.getDependenciesList(),
      propertyDependencies: {},
      provider: request.getProvider() === "" ? undefined : request.getProvider(),
      aliases: [],
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      ignoreChanges: [],
      replaceOnChanges: [],
      deleteBeforeReplace: undefined,
      protect: false,
      retainOnDelete: false,
      deletedWith: undefined,
      importId: undefined,
    },
    request.getId(),
  );
  const response = new resource.ReadResourceResponse();
  response.setUrn(urn);
  response.setProperties(toStruct(outputs));
  return response;
}

async function invoke(request: ResourceInvokeRequest, plugins: PluginHost, preview: boolean) {
  const plugin = await plugins.default(packageOf(request.getTok()));
  const { outputs, failures } = await plugin.invoke(request.getTok(), fromStruct(request.getArgs()), preview);
  const response = new resource.ResourceInvokeResponse();
  response.setReturn(toStruct(outputs));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new provider.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}
