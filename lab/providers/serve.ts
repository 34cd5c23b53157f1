import type { provider } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import requests from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { objectWithSecretsOf, revealedObject, type WireObject } from "./wire.ts";

interface Provider extends provider.Provider {
  /** Takes the stack's configuration of this package: `baseUrl`, `token`. */
  configure?(config: Readonly<Record<string, string>>): void;
}

const parentCheckInterval = 1_000;

/**
 * Serves a provider to an engine, as the plugin's main program.
 *
 * The SDK's server hands a provider secrets in their wrapping and takes its results as they are. Here a provider sees
 * plain values, and what it returns is secret again wherever the inputs of that name were.
 */
export async function serve(provider: Provider): Promise<void> {
  endWithParent(provider);
  readWithoutProperties();
  configureFromEngine(provider);
  await pulumi.provider.main(withPlainValues(provider), process.argv.slice(2));
}

/** A provider that takes wrapped secrets, made of one that takes plain values. */
export function withPlainValues(inner: Provider): Provider {
  const outer: Provider = {};
  if (inner.version !== undefined) {
    outer.version = inner.version;
  }
  const { check, diff, create, read, update, invoke } = inner;
  const remove = inner.delete;
  const cancel = inner.cancel;
  if (check !== undefined) {
    outer.check = async (urn, olds: WireObject, news: WireObject) => {
      const result = await check.call(inner, urn, revealedObject(olds), revealedObject(news));
      return result.inputs === undefined ? result : { ...result, inputs: marked(result.inputs, news) };
    };
  }
  if (diff !== undefined) {
    outer.diff = (id, urn, olds: WireObject, news: WireObject) =>
      diff.call(inner, id, urn, revealedObject(olds), revealedObject(news));
  }
  if (create !== undefined) {
    outer.create = async (urn, inputs: WireObject) => {
      const result = await create.call(inner, urn, revealedObject(inputs));
      return { ...result, outs: marked(result.outs, inputs) };
    };
  }
  if (update !== undefined) {
    outer.update = async (id, urn, olds: WireObject, news: WireObject) => {
      const result = await update.call(inner, id, urn, revealedObject(olds), revealedObject(news));
      return { ...result, outs: marked(result.outs, news) };
    };
  }
  if (read !== undefined) {
    outer.read = async (id, urn, props: WireObject = {}) => {
      const result = await read.call(inner, id, urn, revealedObject(props));
      return { ...result, props: marked(result.props, props), inputs: marked(result.inputs, props) };
    };
  }
  if (remove !== undefined) {
    outer.delete = (id, urn, props: WireObject) => remove.call(inner, id, urn, revealedObject(props));
  }
  if (invoke !== undefined) {
    outer.invoke = (token, args: WireObject) => invoke.call(inner, token, revealedObject(args));
  }
  if (cancel !== undefined) {
    outer.cancel = () => cancel.call(inner);
  }
  return outer;
}

function marked(values: WireObject | undefined, model: WireObject): WireObject | undefined {
  return values === undefined ? undefined : objectWithSecretsOf(values, model);
}

/** Pulumi imports by a read without properties, which the SDK's server takes to be always there. */
function readWithoutProperties(): void {
  const { prototype } = requests.ReadRequest;
  const { getProperties } = prototype;
  prototype.getProperties = function (this: typeof prototype) {
    return getProperties.call(this) ?? new struct.Struct();
  };
}

/** The SDK's server keeps the configuration that an engine sends from a provider. */
function configureFromEngine(provider: Provider): void {
  const { deserializeBinary } = requests.ConfigureRequest;
  requests.ConfigureRequest.deserializeBinary = (bytes) => {
    const request = deserializeBinary(bytes);
    const entries: [string, string][] = request.getVariablesMap().toArray();
    try {
      provider.configure?.(
        Object.fromEntries(entries.map(([key, value]) => [key.split(":").at(-1) ?? key, value])),
      );
    } catch (error) {
      // An engine shows what a plugin prints before it ends: the message alone says what to do.
      console.error(error instanceof Error ? error.message : String(error));
      process.exit(1);
    }
    return request;
  };
}

/** An engine that crashed cannot end its plugins: they notice, and go. */
function endWithParent(provider: Provider): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      Promise.resolve(provider.cancel?.()).finally(() => process.exit(1));
    }
  }, parentCheckInterval).unref();
}
