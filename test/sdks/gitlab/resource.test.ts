import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";

const registered: pulumi.runtime.MockResourceArgs[] = [];

beforeEach(async () => {
  registered.length = 0;
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: args.id ?? "7", state: { ...args.inputs, token: "glrt-once" } };
    },
    call: ({ inputs }) => inputs,
  });
});

function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value)));
}

describe("a resource of the local SDK", () => {
  test("hands its inputs over and gives the provider's outputs back", async () => {
    const runner = new gitlab.UserRunner("runner", { runnerType: "instance_type", tagLists: ["buildx"] });
    expect(await known(runner.token)).toBe("glrt-once");
    const own = registered.filter(({ name }) => name === "runner");
    expect(own).toMatchObject([
      { type: "gitlab:index/userRunner:UserRunner", inputs: { tagLists: ["buildx"] } },
    ]);
  });

  test("takes no stack trace for each of its properties", () => {
    const limit = Error.stackTraceLimit;
    let during: number | undefined;
    const see: pulumi.ResourceTransformation = () => {
      during = Error.stackTraceLimit;
      return undefined;
    };
    new gitlab.UserRunner("runner", { runnerType: "instance_type" }, { transformations: [see] });
    expect([during, Error.stackTraceLimit]).toEqual([0, limit]);
  });

  test("lets the caller choose another version of the plugin", () => {
    let version: string | undefined;
    const seeVersion: pulumi.ResourceTransformation = ({ opts }) => {
      version = opts.version;
      return undefined;
    };
    const args = { runnerType: "instance_type" };
    new gitlab.UserRunner("own", args, { version: "9.0.0", transformations: [seeVersion] });
    expect(version).toBe("9.0.0");
  });
});

describe("the package", () => {
  test("is laid out as the engine looks for it", () => {
    const manifest = createRequire(import.meta.url).resolve("@pulumi/gitlab/package.json");
    expect(JSON.parse(readFileSync(manifest, "utf8"))).toMatchObject({
      name: "@pulumi/gitlab",
      version: "10.1.1",
      pulumi: { resource: true, name: "gitlab", version: "10.1.1" },
    });
  });
});
