/**
 * The build definition: one target for each image, built in a single `docker buildx bake`.
 * @see https://docs.docker.com/build/bake/reference/
 */
import type { ImageConfig } from "../config.ts";

/** Bake allows no dot in a target's name. */
export const targetName = (image: string): string => image.replaceAll(".", "_");

/**
 * A string literal of HCL; `${` and `%{` would start a template.
 * @see https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
 */
const literal = (text: string): string =>
  JSON.stringify(text).replaceAll("${", "$${").replaceAll("%{", "%%{");

const HEAD = `variable "REGISTRY_IMAGE" {}
variable "CI_COMMIT_SHA" {}
variable "CI_PROJECT_URL" {}
variable "CACHE_READ" {}
variable "CACHE_WRITE" {}

function "cache" {
  params = [image, tag]
  result = "type=registry,ref=\${REGISTRY_IMAGE}/\${image}/cache:\${tag}"
}

# A cache that cannot be written costs time, never the build.
function "kept" {
  params = [image, tag]
  result = "\${cache(image, tag)},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"
}
`;

function target(image: ImageConfig): string {
  const name = literal(image.name);
  const attributes: [string, string][] = [["context", literal(image.context)]];
  if (image.dockerfile !== "Dockerfile") attributes.push(["dockerfile", literal(image.dockerfile)]);
  if (image.target !== undefined) attributes.push(["target", literal(image.target)]);
  attributes.push(
    ["tags", `["\${REGISTRY_IMAGE}/${image.name}:\${CI_COMMIT_SHA}"]`],
    ["cache-from", `[for tag in split(" ", CACHE_READ) : cache(${name}, tag)]`],
    ["cache-to", `[for tag in compact([CACHE_WRITE]) : kept(${name}, tag)]`],
  );
  const width = Math.max(...attributes.map(([key]) => key.length));
  const lines = attributes.map(([key, value]) => `  ${key.padEnd(width)} = ${value}`);
  const labels = [
    "  labels = {",
    '    "org.opencontainers.image.revision" = CI_COMMIT_SHA',
    '    "org.opencontainers.image.source"   = CI_PROJECT_URL',
    "  }",
  ];
  return `target ${literal(targetName(image.name))} {\n${[...lines, ...labels].join("\n")}\n}\n`;
}

/** The bake file of a project, in HCL. Its variables come from the job's environment. */
export function bakeFile(images: readonly ImageConfig[]): string {
  const names = images.map((image) => literal(targetName(image.name))).join(", ");
  const group = `group "default" {\n  targets = [${names}]\n}\n`;
  return [HEAD, group, ...images.map(target)].join("\n");
}
