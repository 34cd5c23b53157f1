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
function register(type: string, args: Record<string, unknown>): Registration {
  const Class = Reflect.get(gitlab, shortName(type)) as AnyResource;
  let seen: Registration | undefined;
  new Class("subject", args, {
    transformations: [
      (given) => {
        seen = { type: given.type, properties: given.props, options: given.opts };
        return undefined;
      },
    ],
  });
  if (seen === undefined) throw new Error(`${type} registered nothing`);
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

const resources = Object.entries(schema?.resources ?? {}).map(([type, definition]) => ({ type, definition }));

describe.skipIf(schema === undefined)(`every resource of the published schema${why}`, () => {
  test("has a class of its name, and no class is beyond the schema", () => {
    const classes = Object.entries(gitlab)
      .filter(([name, value]) => typeof value === "function" && /^[A-Z]/.test(name))
      .map(([name]) => name);
    expect(classes.sort()).toEqual([...resources.map(({ type }) => shortName(type)), "Provider"].sort());
  });

  describe.each(resources)("$type", ({ type, definition }) => {
    const { inputProperties, properties, requiredInputs } = definition;
    const args = Object.fromEntries(Object.keys(inputProperties).map((name) => [name, `a ${name}`]));
    const declared = () => declarationsOf(file(shortName(type)));

    test("registers its token, every input and every output, and the plugin's version", () => {
      const { type: registered, properties: given, options } = register(type, args);
      expect(registered).toBe(type);
      expect(Object.keys(given).sort()).toEqual(Object.keys(properties).sort());
      expect(options).toMatchObject({ version: "10.1.1" });
      expect(options).not.toHaveProperty("pluginDownloadURL");
    });

    test("marks the schema's secrets, as inputs and as outputs", async () => {
      const { properties: given, options } = register(type, args);
      const secretInputs = [];
      for (const [name, value] of Object.entries(given)) {
        if (pulumi.Output.isInstance(value) && (await pulumi.isSecret(value))) secretInputs.push(name);
      }
      expect(secretInputs.sort()).toEqual(secretsIn(inputProperties));
      expect([...(options.additionalSecretOutputs ?? [])].sort()).toEqual(secretsIn(properties));
    });

    test("refuses to be made without a required input, naming it, and asks for no other", () => {
      for (const name of requiredInputs) {
        expect(() => register(type, { ...args, [name]: undefined })).toThrow(`'${name}'`);
      }
      const required = Object.fromEntries(requiredInputs.map((name) => [name, args[name]]));
      expect(() => register(type, required)).not.toThrow();
    });

    test("declares its arguments with the schema's types", () => {
      const expected: Declaration = Object.fromEntries(
        Object.entries(inputProperties).map(([name, property]) => {
          const optional = !requiredInputs.includes(name);
          return [
            name,
            { optional, type: `pulumi.Input<${inputType(property)}${optional ? " | undefined" : ""}>` },
          ];
        }),
      );
      expect(declared()[`${shortName(type)}Args`]).toEqual(expected);
    });

    test("declares its outputs with the schema's types", () => {
      const expected: Declaration = Object.fromEntries(
        Object.entries(properties).map(([name, property]) => {
          const absent = definition.required.includes(name) ? "" : " | undefined";
          return [name, { optional: false, type: `pulumi.Output<${outputType(property)}${absent}>` }];
        }),
      );
      expect(declared()[shortName(type)]).toEqual(expected);
    });
  });
});

const functions = Object.entries(schema?.functions ?? {}).map(([token, definition]) => ({
  token,
  definition,
}));

describe.skipIf(schema === undefined)(`every function of the published schema${why}`, () => {
  describe.each(functions)("$token", ({ token, definition }) => {
    const name = shortName(token);
    const inputs = definition.inputs?.properties ?? {};
    const args = Object.fromEntries(Object.keys(inputs).map((key) => [key, `a ${key}`]));

    test("calls its token with every argument, in both forms", async () => {
      const plain = Reflect.get(gitlab, name) as (given: object) => Promise<unknown>;
      const output = Reflect.get(gitlab, `${name}Output`) as (given: object) => pulumi.Output<unknown>;
      expect(await plain(args)).toEqual({ token, ...args });
      const result = await new Promise((resolve) => output(args).apply(resolve));
      expect(result).toEqual({ token, ...args });
    });

    test("declares arguments and results with the schema's types", () => {
      const declared = declarationsOf(file(name));
      const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const required = definition.inputs?.required ?? [];
      const argumentNames = Object.entries(declared[`${title}Args`] ?? {}).map(([key, { optional }]) => [
        key,
        optional,
      ]);
      expect(argumentNames).toEqual(
        Object.keys(inputs)
          .sort()
          .map((key) => [key, !required.includes(key)]),
      );
      const results = Object.entries(definition.outputs.properties).map(([key, property]) => [
        key,
        { optional: !definition.outputs.required.includes(key), type: outputType(property) },
      ]);
      expect(declared[`${title}Result`]).toEqual(Object.fromEntries(results));
    });
  });
});

describe.skipIf(schema === undefined)(`the provider's configuration in the published schema${why}`, () => {
  test("is declared in full, and its token is secret", async () => {
    const inputs = schema?.provider.inputProperties ?? {};
    expect(Object.keys(declarationsOf(path.join(sdk, "provider.ts")).ProviderArgs ?? {}).sort()).toEqual(
      Object.keys(inputs).sort(),
    );
    let seen: Registration | undefined;
    new gitlab.Provider(
      "explicit",
      { token: "t", retries: 3 },
      {
        transformations: [
          (given) => {
            seen = { type: given.type, properties: given.props, options: given.opts };
            return undefined;
          },
        ],
      },
    );
    expect(seen?.type).toBe("pulumi:providers:gitlab");
    expect(await pulumi.isSecret(seen?.properties.token as pulumi.Output<string>)).toBe(true);
    expect(seen?.options.additionalSecretOutputs).toEqual(secretsIn(inputs));
  });
});
