import path from "node:path";
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { type Declaration, declarationsOf } from "./declared.ts";
import { inputType, outputType, readSchema, type SchemaProperties, shortName } from "./schema.ts";

const schema = readSchema();
const sdk = path.resolve(import.meta.dirname, "../../../sdks/gitlab");
const why =
  schema === undefined ? " (skipped: the schema file is not here; name it in PULUMI_GITLAB_SCHEMA)" : "";

interface Registration {
  readonly type: string;
  readonly properties: Record<string, unknown>;
  readonly options: pulumi.CustomResourceOptions;
}
type AnyResource = new (
  name: string,
  args: Record<string, unknown>,
  opts?: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** What a class hands to the SDK when it is constructed. */
function register(name: string, args: Record<string, unknown>): Registration {
  const Class = Reflect.get(gitlab, name) as AnyResource;
  let seen: Registration | undefined;
  new Class("subject", args, {
    transformations: [
      (given) => {
        seen = { type: given.type, properties: given.props, options: given.opts };
        return undefined;
      },
    ],
  });
  if (seen === undefined) throw new Error(`${name} registered nothing`);
  return seen;
}

function file(name: string): string {
  return path.join(sdk, `${name.charAt(0).toLowerCase()}${name.slice(1)}.ts`);
}

function secretsIn(properties: SchemaProperties): string[] {
  return Object.keys(properties)
    .filter((name) => properties[name]?.secret === true)
    .sort();
}

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ inputs, name }) => ({ id: `${name}-id`, state: inputs }),
    call: ({ token, inputs }) => ({ token, ...inputs }),
  });
});

/** The classes of the local SDK, each with what the schema has under its token. */
const resources = Object.entries(gitlab)
  .filter(([name]) => /^[A-Z]/.test(name))
  .map(([name]) => {
    const found = Object.entries(schema?.resources ?? {}).find(([type]) => shortName(type) === name);
    return { name, type: found?.[0] ?? "", definition: found?.[1] };
  });

describe.skipIf(schema === undefined).each(resources)(`$name, by the published schema${why}`, (resource) => {
  const { name, type, definition } = resource;
  const { inputProperties = {}, properties = {}, requiredInputs = [] } = definition ?? {};
  const declared = () => declarationsOf(file(name));
  const declaredArgs = () => Object.keys(declared()[`${name}Args`] ?? {});
  const args = () => Object.fromEntries(declaredArgs().map((key) => [key, `a ${key}`]));

  test("registers its token, its arguments, its outputs, and the plugin's version", () => {
    const { type: registered, properties: given, options } = register(name, args());
    expect(registered).toBe(type);
    const outputs = Object.keys(declared()[name] ?? {});
    expect(Object.keys(given).sort()).toEqual([...new Set([...declaredArgs(), ...outputs])].sort());
    expect(options).toMatchObject({ version: "10.1.1" });
    expect(options).not.toHaveProperty("pluginDownloadURL");
  });

  test("keeps secret what the schema keeps secret", () => {
    const { options } = register(name, args());
    expect([...(options.additionalSecretOutputs ?? [])].sort()).toEqual(secretsIn(properties));
    expect(secretsIn(inputProperties)).toEqual([]);
  });

  test("refuses to be made without a required input, naming it, and asks for no other", () => {
    for (const key of requiredInputs) {
      expect(() => register(name, { ...args(), [key]: undefined })).toThrow(`'${key}'`);
    }
    const required = Object.fromEntries(requiredInputs.map((key) => [key, `a ${key}`]));
    expect(() => register(name, required)).not.toThrow();
  });

  test("declares its arguments with the schema's types, required ones among them", () => {
    const expected: Declaration = Object.fromEntries(
      declaredArgs().map((key) => {
        const optional = !requiredInputs.includes(key);
        const typed = inputType(inputProperties[key] ?? {});
        return [key, { optional, type: `pulumi.Input<${typed}${optional ? " | undefined" : ""}>` }];
      }),
    );
    expect(declared()[`${name}Args`]).toEqual(expected);
    expect(declaredArgs()).toEqual(expect.arrayContaining(requiredInputs));
  });

  test("declares its outputs with the schema's types", () => {
    const expected: Declaration = Object.fromEntries(
      Object.keys(declared()[name] ?? {}).map((key) => {
        const absent = definition?.required.includes(key) === true ? "" : " | undefined";
        return [
          key,
          { optional: false, type: `pulumi.Output<${outputType(properties[key] ?? {})}${absent}>` },
        ];
      }),
    );
    expect(declared()[name]).toEqual(expected);
  });
});

const functions = Object.keys(gitlab)
  .filter((name) => name.startsWith("get"))
  .map((name) => {
    const found = Object.entries(schema?.functions ?? {}).find(([token]) => shortName(token) === name);
    return { name, token: found?.[0] ?? "", definition: found?.[1] };
  });

describe.skipIf(schema === undefined).each(functions)(`$name, by the published schema${why}`, (subject) => {
  const { name, token, definition } = subject;
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const inputs = definition?.inputs?.properties ?? {};
  const declared = () => declarationsOf(file(name));

  test("calls its token with every argument", async () => {
    const args = Object.fromEntries(Object.keys(declared()[`${title}Args`] ?? {}).map((key) => [key, key]));
    const call = Reflect.get(gitlab, name) as (given: object) => Promise<unknown>;
    expect(await call(args)).toEqual({ token, ...args });
  });

  test("declares arguments and results with the schema's types", () => {
    const types = Object.entries(declared()[`${title}Args`] ?? {}).map(([key, { type }]) => [key, type]);
    expect(types).toEqual(types.map(([key = ""]) => [key, inputType(inputs[key] ?? {})]));
    const keys = Object.keys(declared()[`${title}Result`] ?? {});
    const expected = keys.map((key) => {
      const property = definition?.outputs.properties[key] ?? {};
      return [key, { optional: false, type: outputType(property, schema) }];
    });
    expect(declared()[`${title}Result`]).toEqual(Object.fromEntries(expected));
    expect(definition?.outputs.required).toEqual(expect.arrayContaining(keys));
  });
});
