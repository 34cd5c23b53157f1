/**
 * The build definition: one target for each image, a target for each cell of a matrix. It is committed beside the
 * pipeline, and `docker buildx bake` runs it unchanged anywhere else.
 * @see https://docs.docker.com/build/bake/reference/
 */
import type { ImageConfig } from "../config/images.ts";
import type { Target } from "./target.ts";

/** Where Bake looks by itself. */
export const BAKE_FILE = "docker-bake.hcl";

/** Bake allows no dot in a target's name. */
export const targetName = (image: string): string => image.replaceAll(".", "_");

/**
 * A string literal of HCL; `${` and `%{` would start a template.
 * @see https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
 */
const literal = (text: string): string =>
  JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");

const variables = (target: Target): string => `variable "REGISTRY_IMAGE" {
  default = ${literal(target.path.toLowerCase())}
}
variable "CI_COMMIT_SHA" {
  default = "local"
}
variable "CI_COMMIT_TAG" {
  default = ""
}
variable "CI_COMMIT_TIMESTAMP" {
  default = ""
}
variable "CI_PROJECT_URL" {
  default = ""
}
variable "CACHE_READ" {
  default = ""
}
variable "CACHE_WRITE" {
  default = ""
}
${[...new Set(target.images.flatMap((image) => image.ssh ?? []))]
  .map((name) => `variable ${literal(name)} {\n  default = ""\n}\n`)
  .join("")}
function "cache" {
  params = [repository, tag]
  result = "type=registry,ref=\${REGISTRY_IMAGE}/\${repository}:\${tag}"
}

# A cache that cannot be written costs time, never the build.
function "kept" {
  params = [repository, tag]
  result = "\${cache(repository, tag)},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
}

# https://github.com/opencontainers/image-spec/blob/main/annotations.md
function "origin" {
  params = []
  result = {
    "org.opencontainers.image.source"   = CI_PROJECT_URL
    "org.opencontainers.image.revision" = CI_COMMIT_SHA
    "org.opencontainers.image.created"  = CI_COMMIT_TIMESTAMP
    "org.opencontainers.image.version"  = CI_COMMIT_TAG == "" ? CI_COMMIT_SHA : CI_COMMIT_TAG
  }
}

# Labels are of the image, for who runs it; annotations of its manifest, for who looks into the registry.
target "_origin" {
  labels      = origin()
  annotations = [for name, value in origin() : "\${name}=\${value}" if CI_PROJECT_URL != ""]
}
`;

type Attribute = readonly [name: string, value: string];

function map(entries: readonly Attribute[]): string {
  const width = Math.max(...entries.map(([key]) => key.length));
  return `{\n${entries.map(([key, value]) => `    ${key.padEnd(width)} = ${value}`).join("\n")}\n  }`;
}

const literals = (values: Readonly<Record<string, string>>): Attribute[] =>
  Object.entries(values).map(([key, value]) => [literal(key), literal(value)]);

/** Attributes by which a matrix becomes a target for each of its cells. */
function matrixAttributes(image: ImageConfig): Attribute[] {
  if (!image.matrix) return [];
  const names = Object.keys(image.matrix);
  const parts = names.map((name) => `\${replace(${name}, ".", "_")}`).join("-");
  return [
    ["name", `"${targetName(image.name)}_${parts}"`],
    [
      "matrix",
      map(
        Object.entries(image.matrix).map(([name, values]) => [name, `[${values.map(literal).join(", ")}]`]),
      ),
    ],
  ];
}

/** The cell as a template of HCL, with what joins it to its neighbours; empty for an image without a matrix. */
function cell(image: ImageConfig, before: string, after: string): string {
  if (!image.matrix) return "";
  const names = Object.keys(image.matrix).map((name) => `\${${name}}`);
  return `${before}${names.join("-")}${after}`;
}

function cacheAttributes(image: ImageConfig): Attribute[] {
  const repository = `"${image.name}/cache${cell(image, "-", "")}"`;
  // A repository's name is in lower case, whatever a matrix says.
  const name = image.matrix ? `lower(${repository})` : repository;
  return [
    ["cache-from", `[for tag in compact(split(" ", CACHE_READ)) : cache(${name}, tag)]`],
    ["cache-to", `[for tag in compact([CACHE_WRITE]) : kept(${name}, tag)]`],
  ];
}

function inputAttributes(image: ImageConfig): Attribute[] {
  const attributes: Attribute[] = [["context", literal(image.context)]];
  const args: Attribute[] = [
    ...Object.keys(image.matrix ?? {}).map((name): Attribute => [literal(name), name]),
    ...literals(image.buildArgs),
  ];
  const secrets = Object.entries(image.secrets).map(([id, name]) => literal(`id=${id},env=${name}`));
  if (image.dockerfile !== "Dockerfile") attributes.push(["dockerfile", literal(image.dockerfile)]);
  if (image.target !== undefined) attributes.push(["target", literal(image.target)]);
  if (Object.keys(image.contexts).length > 0) attributes.push(["contexts", map(literals(image.contexts))]);
  if (args.length > 0) attributes.push(["args", map(args)]);
  if (image.platforms) attributes.push(["platforms", `[${image.platforms.map(literal).join(", ")}]`]);
  if (secrets.length > 0) attributes.push(["secret", `[${secrets.join(", ")}]`]);
  // Outside CI there is no file but an agent.
  if (image.ssh !== undefined)
    attributes.push(["ssh", `[${image.ssh} == "" ? "default" : "default=\${${image.ssh}}"]`]);
  return attributes;
}

function target(image: ImageConfig): string {
  const attributes: Attribute[] = [
    ["inherits", '["_origin"]'],
    ...matrixAttributes(image),
    ...inputAttributes(image),
    ["tags", `["\${REGISTRY_IMAGE}/${image.name}:${cell(image, "", "-")}\${CI_COMMIT_SHA}"]`],
    ...cacheAttributes(image),
    ...(Object.keys(image.labels).length > 0 ? [["labels", map(literals(image.labels))] as const] : []),
  ];
  const width = Math.max(
    ...attributes.filter(([, value]) => !value.includes("\n")).map(([key]) => key.length),
  );
  const lines = attributes.map(([key, value]) =>
    value.includes("\n") ? `  ${key} = ${value}` : `  ${key.padEnd(width)} = ${value}`,
  );
  return `target ${literal(targetName(image.name))} {\n${lines.join("\n")}\n}\n`;
}

/** The bake file of a project, in HCL, without its header. What it needs of a pipeline has defaults elsewhere. */
export function bakeFile(target_: Target): string {
  const names = target_.images.map((image) => literal(targetName(image.name))).join(", ");
  const group = `group "default" {\n  targets = [${names}]\n}\n`;
  return [variables(target_), group, ...target_.images.map(target)].join("\n");
}
