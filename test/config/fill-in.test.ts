import { describe, expect, it } from "vitest";
import { fillIn } from "../../config/fill-in.ts";
import { ConfigError, configFromStackFile } from "../../config.ts";
import { problems, seedValues } from "../configs.ts";

const WHAT = "the project that prod builds";

describe("a place that is still to be filled in", () => {
  it("is one sentence, without other errors about the marker", () => {
    const values = seedValues();
    Object.assign(values.projects[0] ?? {}, { path: fillIn(WHAT) });
    expect(problems(values)).toEqual([`buildx-runners:projects[0].path is not filled in: set it to ${WHAT}`]);
  });

  it("is found in a choice of mappings, and in a key that allows any text", () => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, { scope: { project: fillIn("a project") } });
    Object.assign(values.projects[0]?.images[1]?.validate ?? {}, { command: fillIn("a command") });
    expect(problems(values)).toEqual([
      "buildx-runners:fleets[0].scope.project is not filled in: set it to a project",
      "buildx-runners:projects[0].images[1].validate.command is not filled in: set it to a command",
    ]);
  });

  it("hides no mistake elsewhere", () => {
    const values = seedValues();
    Object.assign(values.fleets[0] ?? {}, { concurency: 2 });
    Object.assign(values.projects[0] ?? {}, { path: fillIn(WHAT) });
    expect(problems(values)).toHaveLength(2);
    expect(problems(values)[1]).toMatch(/concurency: unknown key/);
  });

  it("counts in a provider's key, too", () => {
    const { fleets } = seedValues();
    const file = {
      config: {
        "gcp:project": fillIn("a project of Google Cloud"),
        "buildx-runners:fleets": fleets.map(({ hosts, ...fleet }) => ({
          ...fleet,
          hosts: hosts.map(({ privateKey: _, ...host }) => host),
        })),
      },
    };
    const read = () => configFromStackFile(JSON.stringify(file), "prod", "Pulumi.prod.yaml");
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/gcp:project is not filled in: set it to a project of Google Cloud$/);
  });
});
