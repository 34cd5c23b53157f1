import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { objectWithHashes } from "./assets.ts";
import { fromStruct, plainValue } from "./grpc.ts";
import type { WireObject } from "./wire.ts";

/** A resource as the program wants it: a registration in plain values. */
export interface Goal {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string | undefined;
  readonly properties: WireObject;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly provider: string | undefined;
  readonly aliases: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** `undefined`: as the provider decides. */
  readonly deleteBeforeReplace: boolean | undefined;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deletedWith: string | undefined;
  /** Id of a resource to take over. */
  readonly importId: string | undefined;
}

const stackType = "pulumi:pulumi:Stack";

export function isStack(type: string): boolean {
  return type === stackType;
}

/** `urn:pulumi:<stack>::<project>::<types of the parents$>type::<name>`. */
export function urnOf(
  identity: { readonly project: string; readonly stack: string },
  resource: { readonly type: string; readonly name: string; readonly parent: string },
): string {
  const parentTypes = resource.parent.split("::")[2] ?? "";
  const chain = parentTypes === "" || isStack(parentTypes) ? "" : `${parentTypes}$`;
  return `urn:pulumi:${identity.stack}::${identity.project}::${chain}${resource.type}::${resource.name}`;
}

/**
 * Reads a registration.
 *
 * Throws on an option that this engine cannot honour: to leave one out silently would make the program mean
 * something else.
 */
export function goalOf(
  request: RegisterResourceRequest,
  identity: { readonly project: string; readonly stack: string },
): Goal {
  refuseUnsupported(request);
  const resource = { type: request.getType(), name: request.getName(), parent: request.getParent() };
  const propertyDependencies: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, property) => {
    propertyDependencies[property] = dependencies.getUrnsList();
  });
  return {
    urn: urnOf(identity, resource),
    type: resource.type,
    name: resource.name,
    custom: request.getCustom(),
    parent: optional(resource.parent),
    properties: objectWithHashes(fromStruct(request.getObject())),
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    provider: optional(request.getProvider()),
    aliases: request.getAliasurnsList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deletedWith: optional(request.getDeletedwith()),
    importId: optional(request.getImportid()),
  };
}

function optional(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function refuseUnsupported(request: RegisterResourceRequest): void {
  const used = [
    ["replacementTrigger", plainValue(request.getReplacementTrigger()) !== undefined],
    ["a remote component", request.getRemote()],
    ["a stack reference", request.getType() === "pulumi:pulumi:StackReference"],
  ] as const;
  const names = used.filter(([, present]) => present).map(([name]) => name);
  if (names.length > 0) {
    throw new Error(
      `${request.getName()} (${request.getType()}): the in-process engine cannot do ${names.join(", ")}; run it with a real pulumi`,
    );
  }
}
