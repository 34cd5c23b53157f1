import grpc from "@grpc/grpc-js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type {
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  InvokeResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { call, channelOptions, fromStruct, toStruct } from "./grpc.ts";
import {
  ended,
  type PluginProcess,
  type PluginProcessOptions,
  startPluginProcess,
} from "./plugin-process.ts";
import { objectWithSecretsOf, revealedObject, type WireObject } from "./wire.ts";

export interface PluginOptions extends PluginProcessOptions {
  /** The provider's configuration. */
  readonly configuration: WireObject;
}

export interface PluginDiff {
  readonly changes: "some" | "none" | "unknown";
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** A resource's identity, as every call to a plugin names it. */
export interface ResourceIdentity {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

interface Identified {
  setUrn(value: string): unknown;
  setName(value: string): unknown;
  setType(value: string): unknown;
}

/** A running provider plugin: a process of its own that is spoken to as the real engine does. */
export class Plugin {
  readonly #client: InstanceType<typeof providerService.ResourceProviderClient>;
  readonly #process: PluginProcess;
  readonly #acceptsSecrets: boolean;
  readonly #supportsPreview: boolean;

  private constructor(
    client: InstanceType<typeof providerService.ResourceProviderClient>,
    child: PluginProcess,
    abilities: { readonly acceptsSecrets: boolean; readonly supportsPreview: boolean },
  ) {
    this.#client = client;
    this.#process = child;
    this.#acceptsSecrets = abilities.acceptsSecrets;
    this.#supportsPreview = abilities.supportsPreview;
  }

  /** Starts the plugin and configures it. Throws when it does not come up, or refuses its configuration. */
  static async start(options: PluginOptions): Promise<Plugin> {
    const { child, port } = startPluginProcess(options);
    try {
      const client = new providerService.ResourceProviderClient(
        `127.0.0.1:${await port}`,
        grpc.credentials.createInsecure(),
        channelOptions,
      );
      const request = new provider.ConfigureRequest();
      request.setArgs(toStruct(options.configuration));
      request.setAcceptsecrets(true);
      request.setSendsOldInputs(true);
      request.setSendsOldInputsToDelete(true);
      const response = await call<ConfigureResponse>((done) => client.configure(request, done));
      return new Plugin(client, child, {
        acceptsSecrets: response.getAcceptsecrets(),
        supportsPreview: response.getSupportspreview(),
      });
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** Validates inputs and fills in defaults. */
  async check(
    resource: ResourceIdentity,
    olds: WireObject | undefined,
    news: WireObject,
  ): Promise<{ inputs: WireObject; failures: { property: string; reason: string }[] }> {
    const request = identified(new provider.CheckRequest(), resource);
    if (olds !== undefined) {
      request.setOlds(this.#sent(olds));
    } else {
      request.setOlds(toStruct({}));
    }
    request.setNews(this.#sent(news));
    const response = await call<CheckResponse>((done) => this.#client.check(request, done));
    return {
      inputs: objectWithSecretsOf(fromStruct(response.getInputs()), news),
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  async diff(
    resource: ResourceIdentity,
    id: string,
    olds: { readonly inputs: WireObject; readonly outputs: WireObject },
    news: WireObject,
    ignoreChanges: readonly string[],
  ): Promise<PluginDiff> {
    const request = identified(new provider.DiffRequest(), resource);
    request.setId(id);
    request.setOlds(this.#sent(olds.outputs));
    request.setOldInputs(this.#sent(olds.inputs));
    request.setNews(this.#sent(news));
    request.setIgnorechangesList([...ignoreChanges]);
    const response = await call<DiffResponse>((done) => this.#client.diff(request, done));
    const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
    const changes = response.getChanges();
    return {
      changes: changes === DIFF_NONE ? "none" : changes === DIFF_SOME ? "some" : "unknown",
      replaces: response.getReplacesList(),
      deleteBeforeReplace: response.getDeletebeforereplace(),
    };
  }

  /** Creates the resource. In a preview nothing happens; outputs that only a real run can tell are left out. */
  async create(
    resource: ResourceIdentity,
    inputs: WireObject,
    preview: boolean,
  ): Promise<{ id: string; outputs: WireObject }> {
    if (preview && !this.#supportsPreview) {
      return { id: "", outputs: inputs };
    }
    const request = identified(new provider.CreateRequest(), resource);
    request.setProperties(this.#sent(inputs));
    request.setPreview(preview);
    const response = await call<CreateResponse>((done) => this.#client.create(request, done));
    const id = preview ? "" : response.getId();
    return { id, outputs: objectWithSecretsOf(fromStruct(response.getProperties()), inputs) };
  }

  /** Changes the resource in place; as to previews see {@link create}. */
  async update(
    resource: ResourceIdentity,
    id: string,
    olds: { readonly inputs: WireObject; readonly outputs: WireObject },
    news: WireObject,
    options: { readonly preview: boolean; readonly ignoreChanges: readonly string[] },
  ): Promise<WireObject> {
    if (options.preview && !this.#supportsPreview) {
      return news;
    }
    const request = identified(new provider.UpdateRequest(), resource);
    request.setId(id);
    request.setOlds(this.#sent(olds.outputs));
    request.setOldInputs(this.#sent(olds.inputs));
    request.setNews(this.#sent(news));
    request.setPreview(options.preview);
    request.setIgnorechangesList([...options.ignoreChanges]);
    const response = await call<UpdateResponse>((done) => this.#client.update(request, done));
    return objectWithSecretsOf(fromStruct(response.getProperties()), news);
  }

  /** The resource's present state; `undefined` when it is gone. */
  async read(
    resource: ResourceIdentity,
    id: string,
    known: { readonly inputs: WireObject; readonly outputs: WireObject },
  ): Promise<{ id: string; inputs: WireObject; outputs: WireObject } | undefined> {
    const request = identified(new provider.ReadRequest(), resource);
    request.setId(id);
    request.setProperties(this.#sent(known.outputs));
    request.setInputs(this.#sent(known.inputs));
    const response = await call<ReadResponse>((done) => this.#client.read(request, done));
    if (response.getId() === "") {
      return undefined;
    }
    const inputs = fromStruct(response.getInputs());
    return {
      id: response.getId(),
      inputs: Object.keys(inputs).length === 0 ? known.inputs : objectWithSecretsOf(inputs, known.inputs),
      outputs: objectWithSecretsOf(fromStruct(response.getProperties()), {
        ...known.inputs,
        ...known.outputs,
      }),
    };
  }

  async delete(
    resource: ResourceIdentity,
    id: string,
    olds: { readonly inputs: WireObject; readonly outputs: WireObject },
  ): Promise<void> {
    const request = identified(new provider.DeleteRequest(), resource);
    request.setId(id);
    request.setProperties(this.#sent(olds.outputs));
    request.setOldInputs(this.#sent(olds.inputs));
    await call((done) => this.#client.delete(request, done));
  }

  async invoke(
    token: string,
    args: WireObject,
    preview: boolean,
  ): Promise<{ outputs: WireObject; failures: { property: string; reason: string }[] }> {
    const request = new provider.InvokeRequest();
    request.setTok(token);
    request.setArgs(this.#sent(args));
    request.setPreview(preview);
    const response = await call<InvokeResponse>((done) => this.#client.invoke(request, done));
    return {
      outputs: fromStruct(response.getReturn()),
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  /** Asks the plugin to give up what it is doing; the calls under way then fail. */
  async cancel(): Promise<void> {
    await call((done) => this.#client.cancel(new empty.Empty(), done)).catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.cancel();
    this.#client.close();
    await ended(this.#process);
  }

  #sent(value: WireObject) {
    return toStruct(this.#acceptsSecrets ? value : revealedObject(value));
  }
}

function identified<Request extends Identified>(request: Request, resource: ResourceIdentity): Request {
  request.setUrn(resource.urn);
  request.setName(resource.name);
  request.setType(resource.type);
  return request;
}
