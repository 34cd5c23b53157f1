import { describe, expect, it } from "vitest";
import { UsageError } from "../../command-line.ts";
import { destroyStack } from "../../stack/destroy.ts";
import { type ConfigValue, type StackEngine, StackError, type StackUpdate } from "../../stack/engine.ts";
import { seedValues, seedWith } from "../configs.ts";

const update = (count: number): StackUpdate => ({
  stack: "dev",
  changes: Array.from({ length: count }, (_, index) => ({
    op: "delete",
    urn: `urn:${index}`,
    type: "t",
    name: `${index}`,
    properties: [],
    digest: "",
  })),
  unchanged: 0,
  warnings: [],
});

/** An engine with so many resources in its state, that can be made to fail. */
class Engine implements StackEngine {
  resources = 11;
  readonly failures: Error[] = [];
  destructions = 0;
  readonly #values: Record<string, unknown>;

  constructor(values: Record<string, unknown>) {
    this.#values = values;
  }

  describe = () => "an engine";
  preview = () => Promise.reject(new Error("no preview was expected"));
  up = () => Promise.reject(new Error("no update was expected"));
  refresh = () => Promise.reject(new Error("no refresh was expected"));
  outputs = () => Promise.resolve({});

  config(): Promise<Record<string, ConfigValue>> {
    return Promise.resolve(
      Object.fromEntries(
        Object.entries(this.#values).map(([key, value]) => [
          `buildx-runners:${key}`,
          { value: JSON.stringify(value), secret: false },
        ]),
      ),
    );
  }

  destroy(): Promise<StackUpdate> {
    this.destructions += 1;
    const failure = this.failures.shift();
    if (failure) return Promise.reject(failure);
    const gone = this.resources;
    this.resources = 0;
    return Promise.resolve(update(gone));
  }
}

interface Run {
  readonly engine: Engine;
  readonly said: string;
  readonly error: Error | undefined;
}

async function run(
  engine: Engine,
  options: { confirm?: string; ask?: () => Promise<string> } = { confirm: "dev" },
): Promise<Run> {
  const said: string[] = [];
  const error = await destroyStack({
    name: "dev",
    directory: ".",
    open: () => Promise.resolve(engine),
    say: (text) => said.push(text),
    ...options,
  }).then(
    () => undefined,
    (reason: unknown) => {
      expect(reason).toBeInstanceOf(UsageError);
      return reason as Error;
    },
  );
  return { engine, said: said.join("\n"), error };
}

describe("stack:destroy", () => {
  it("says what goes and what stays, takes it down, and looks whether anything is left", async () => {
    const values = seedWith({
      dockerAuth: [{ registry: "registry.example.com", user: "ci", password: "correct-horse" }],
      refresh: {},
      cleanup: {},
      protection: {},
    });
    const { engine, said, error } = await run(new Engine(values));
    expect(error).toBeUndefined();
    expect(said.split("It keeps:")[0]).toMatch(
      /runner dev\/linux\/open\/socket.*host 10\.0\.0\.5: .*DOCKER_AUTH_CONFIG.*refresh.*v\*.*cleanup policy.*\.gitlab-ci\.yml and docker-bake\.hcl, by a commit/s,
    );
    expect(said.split("It keeps:")[1]).toMatch(
      /Docker that it had before, with images and volumes.*every image in its registries/s,
    );
    expect(said).not.toMatch(/correct-horse|MC4CAQAwBQYDK2Vw/);
    expect(said).toMatch(/Destroyed stack dev: 11 resources; its state is empty/);
    expect(engine.destructions).toBe(2);
  });

  it("says which files stay, and that nothing is run on a machine that is gone", async () => {
    const values = seedWith({ onDestroy: "keep" });
    Object.assign(values.fleets[0]?.hosts[0] ?? {}, { gone: true });
    const [goes, stays] = (await run(new Engine(values))).said.split("It keeps:");
    expect(goes).not.toMatch(/10\.0\.0\.5|docker-bake/);
    expect(stays).toMatch(/10\.0\.0\.5: gone is true.*which the project then owns/s);
  });

  it.each([
    ["another name", { confirm: "prod" }],
    ["another answer", { ask: () => Promise.resolve("yes") }],
    ["no answer", { ask: () => Promise.resolve("") }],
    ["no terminal", {}],
  ])("changes nothing for %s", async (_, options) => {
    const { engine, error } = await run(new Engine(seedValues()), options);
    expect(error?.message).toMatch(/nothing was changed|there is no terminal to ask for confirmation/);
    expect(engine.destructions).toBe(0);
  });

  it("takes the name from a person, too", async () => {
    const { engine, error } = await run(new Engine(seedValues()), { ask: () => Promise.resolve("dev\n") });
    expect(error).toBeUndefined();
    expect(engine.resources).toBe(0);
  });

  it("refuses a protected stack, with the remedy, before it asks a question", async () => {
    const { engine, said, error } = await run(new Engine({ ...seedValues(), protect: true }));
    expect(error?.message).toMatch(
      /stack dev is protected; nothing was changed[\s\S]*config set buildx-runners:protect false --stack dev\n.* up --stack dev\n.*stack:destroy -- dev/,
    );
    expect(engine.destructions).toBe(0);
    expect(said).toBe("");
  });

  it("says the same where only the state is protected still", async () => {
    const engine = new Engine(seedValues());
    engine.failures.push(new StackError("linux: it is protected; take `protect` away first"));
    expect((await run(engine)).error?.message).toMatch(/stack dev is protected; nothing was changed/);
  });

  it("says what to do about a machine that does not answer", async () => {
    const engine = new Engine(seedValues());
    engine.failures.push(new StackError("linux-10.0.0.5-setup: connect EHOSTUNREACH 10.0.0.5:22"));
    expect((await run(engine)).error?.message).toMatch(
      /EHOSTUNREACH[\s\S]*set gone: true for it in Pulumi\.dev\.yaml/,
    );
  });

  it("fails where something was left", async () => {
    const engine = new Engine(seedValues());
    const destroy = engine.destroy.bind(engine);
    engine.destroy = async () => {
      const done = await destroy();
      engine.resources = 2;
      return done;
    };
    expect((await run(engine)).error?.message).toMatch(/still had 2 resources/);
  });

  it("works with a mistake in the configuration, which it does not need", async () => {
    const { engine, said, error } = await run(new Engine({ ...seedValues(), fleets: [] }));
    expect(error).toBeUndefined();
    expect(said).toMatch(
      /There is no list of it, because the configuration has a mistake:\n {2}- buildx-runners:fleets/,
    );
    expect(engine.resources).toBe(0);
  });
});
