import * as pulumi from "@pulumi/pulumi";

/** One resource, as the stack's configuration describes it. */
export interface FileSpec {
  readonly name: string;
  readonly path: string;
  readonly content?: string;
  /** Takes another resource's digest for its content. */
  readonly digestOf?: string;
  /** Takes the configuration's secret for its content. */
  readonly isSecret?: boolean;
  readonly parent?: "group";
  readonly dependsOn?: string;
  readonly deletedWith?: string;
  readonly retainOnDelete?: boolean;
  readonly protect?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly ignoreChanges?: string[];
  /** Takes the file over that is there. */
  readonly isImported?: boolean;
}

class File extends pulumi.CustomResource {
  declare readonly digest: pulumi.Output<string>;
  declare readonly content: pulumi.Output<string>;

  constructor(name: string, args: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
    super("files:index:File", name, { digest: undefined, ...args }, options);
  }
}

class Group extends pulumi.ComponentResource {
  constructor() {
    super("files:index:Group", "group");
    this.registerOutputs({});
  }
}

const config = new pulumi.Config();
const group = new Group();
const files = new Map<string, File>();

function named(name: string | undefined): File | undefined {
  return name === undefined ? undefined : files.get(name);
}

function contentOf(spec: FileSpec): pulumi.Input<string> {
  if (spec.isSecret === true) {
    return config.requireSecret("secret");
  }
  return named(spec.digestOf)?.digest ?? `${config.require("prefix")}${spec.content ?? ""}`;
}

for (const spec of config.requireObject<FileSpec[]>("files")) {
  const { name, path, retainOnDelete, protect, deleteBeforeReplace, ignoreChanges } = spec;
  const [dependsOn, deletedWith] = [named(spec.dependsOn), named(spec.deletedWith)];
  const options: pulumi.CustomResourceOptions = {
    ...(spec.parent === "group" ? { parent: group } : {}),
    ...(dependsOn === undefined ? {} : { dependsOn }),
    ...(deletedWith === undefined ? {} : { deletedWith }),
    ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
    ...(protect === undefined ? {} : { protect }),
    ...(deleteBeforeReplace === undefined ? {} : { deleteBeforeReplace }),
    ...(ignoreChanges === undefined ? {} : { ignoreChanges }),
    ...(spec.isImported === true ? { import: path } : {}),
  };
  files.set(name, new File(name, { path, content: contentOf(spec) }, options));
}

if (config.getBoolean("crash") === true) {
  throw new Error(`the program gives up on ${config.get("secret") ?? "nothing"}`);
}

export const digests = Object.fromEntries([...files].map(([name, file]) => [name, file.digest]));
export const contents = pulumi.all([...files.values()].map((file) => file.content));
