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
    expect(await known(runner.tagLists)).toEqual(["buildx"]);
    const own = registered.filter(({ name }) => name === "runner");
    expect(own).toMatchObject([
      { type: "gitlab:index/userRunner:UserRunner", inputs: { tagLists: ["buildx"] } },
    ]);
  });

  test("is told apart from other values", () => {
    const runner = new gitlab.UserRunner("told-apart", { runnerType: "instance_type" });
    expect(gitlab.UserRunner.isInstance(runner)).toBe(true);
    expect(gitlab.RepositoryFile.isInstance(runner)).toBe(false);
    expect(gitlab.UserRunner.isInstance(undefined)).toBe(false);
  });

  test("reads an existing one by its id, with what is known of it", async () => {
    const existing = gitlab.UserRunner.get("known", "42", { description: "by hand" });
    expect(await known(existing.id)).toBe("42");
    expect(await known(existing.description)).toBe("by hand");
    expect(registered.filter(({ name }) => name === "known")).toMatchObject([{ id: "42" }]);
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

  test("becomes an object again from a reference", async () => {
    const runner = new gitlab.UserRunner("runner", { runnerType: "instance_type" });
    const type = "gitlab:index/userRunner:UserRunner";
    const module = pulumi.runtime.getResourceModule("gitlab", "index/userRunner", "10.1.1");
    const again = module?.construct("runner", type, await known(runner.urn));
    expect(again).toBeInstanceOf(gitlab.UserRunner);
    expect(await known((again as gitlab.UserRunner).token)).toBe("glrt-once");
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
