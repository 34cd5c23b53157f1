import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fleetSchema } from "../../../config/fleets.ts";
import { imageDefinitions } from "../../../lab/images/definitions.ts";
import { repositoryOf, selectImages } from "../../../lab/images/index.ts";
import { configArguments, fileName, labelsOf, mmdebstrapArguments } from "../../../lab/images/layout.ts";
import { sampleFiles } from "../../../lab/sample/index.ts";
import { locateImage, type ToolName, toolNames, toolPins } from "../../../pipeline/tools.ts";

const definition = (reference: string) => {
  const found = imageDefinitions.find((one) => one.reference === reference);
  if (found === undefined) throw new Error(`no definition of ${reference}`);
  return found;
};

describe("definitions", () => {
  const references = imageDefinitions.map(({ reference }) => reference);

  test("hold the images that a fleet uses unless it is told otherwise", () => {
    const fleet = fleetSchema.parse({
      name: "linux",
      scope: { project: "acme/shop" },
      tags: ["buildx"],
      gitlabRunner: "none",
      hosts: [
        {
          address: "10.0.0.5",
          user: "admin",
          hostKey: `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 1)]).toString("base64")}`,
          privateKey: "[secret]",
        },
      ],
    });
    expect(references).toContain(fleet.jobImage);
    expect(references).toContain(fleet.builder.image);
  });

  test("hold every image that the sample project builds on", async () => {
    const bases = Object.entries(await sampleFiles())
      .filter(([file]) => path.posix.basename(file) === "Dockerfile")
      .flatMap(([, text]) => [...text.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]));
    expect(bases.length).toBeGreaterThan(0);
    for (const base of bases) expect(references).toContain(base);
  });

  test.each(imageDefinitions)("$reference says what it is", (image) => {
    const labels = labelsOf(image);
    expect(labels["dev.buildx-runners.lab.built-from"]).toBe(image.builtFrom);
    if (image.origin !== "lab") {
      expect(labels["org.opencontainers.image.title"]).toBe(`stand-in for ${image.reference}`);
    }
  });

  test.each(imageDefinitions)("$reference is made from files that are there", (image) => {
    for (const file of [...image.scripts, ...(image.material ?? [])])
      expect(existsSync(file), file).toBe(true);
  });

  test("stamp Go programs with the versions that their modules pin", () => {
    for (const { programs } of imageDefinitions) {
      if (programs?.kind !== "go") continue;
      const pins = readFileSync(path.join(programs.directory, "go.mod"), "utf8");
      const tools = [...pins.matchAll(/^(?:tool |\t)(\S+)$/gm)].map(([, tool]) => `${tool}/`);
      const modules = [...pins.matchAll(/^\t(\S+) (v\S+)/gm)].filter(([, module]) =>
        tools.some((tool) => tool.startsWith(`${module}/`)),
      );
      const versions = modules.map(([, , version]) => version?.replace(/^v|\+incompatible$/g, ""));
      for (const version of Object.values(programs.stamps))
        expect(versions).toContain(version.replace(/^v/, ""));
    }
  });

  test("stand in for the very versions that jobs are pinned to, or say that they do not", () => {
    const behind = ["oras"];
    const tools = imageDefinitions.filter(({ needed }) => needed === "tools");
    for (const name of toolNames) {
      const { image, tag } = toolPins[name];
      const definition = imageDefinitions.find(({ reference }) => reference === `${image}:${tag}`);
      if (definition === undefined) continue;
      const version = /\d+\.\d+\.\d+/.exec(definition.version)?.[0];
      expect(version === /\d+\.\d+\.\d+/.exec(tag)?.[0], name).toBe(!behind.includes(name));
    }
    expect(tools.map(({ reference }) => reference.split(":")[0])).toEqual(
      ["hadolint", "gitleaks", "commitlint", "cosign", "oras", "rclone"].map(
        (name) => toolPins[name as ToolName].image,
      ),
    );
    expect(tools.find(({ title }) => title === "oras")?.builtFrom).toContain("older");
  });

  test("say where they come from as their reference does", () => {
    const registries = { "docker-hub": "docker.io", ghcr: "ghcr.io", lab: "docker.io" };
    for (const { reference, origin } of imageDefinitions)
      expect(locateImage(reference).registry).toBe(registries[origin]);
  });
});

test("only the main job's images are made unless the tools' are asked for", () => {
  const main = selectImages({});
  expect(main.length).toBe(5);
  expect(main.every(({ needed }) => needed === "main")).toBe(true);
  expect(selectImages({ tools: true })).toEqual(imageDefinitions);
  const oras = definition(`${toolPins.oras.image}:${toolPins.oras.tag}`);
  expect(selectImages({ references: [oras.reference] })).toEqual([oras]);
});

describe("mmdebstrapArguments", () => {
  const recipe = {
    definition: definition("moby/buildkit:v0.23.2"),
    mirrors: { main: "http://mirror.example.com/debian" },
    aptOptions: ['Acquire::Retries "3";'],
    files: [],
  };
  const argv = mmdebstrapArguments(recipe, "/cache/go", "/tmp/layer.tar");

  test("leaves device nodes out, which a rootless daemon could not make", () => {
    expect(argv).toContain("--skip=output/dev");
  });

  test("takes packages from this computer's mirror alone", () => {
    const sources = argv.filter((argument) => argument.startsWith("deb "));
    expect(sources).toEqual([
      "deb http://mirror.example.com/debian trixie main",
      "deb http://mirror.example.com/debian trixie-updates main",
    ]);
    expect(argv).toContain('--aptopt=Acquire::Retries "3";');
  });

  test("copies npm's packages as a tree, and a wheel's program as a file", () => {
    const hooks = (name: ToolName) =>
      mmdebstrapArguments(
        { ...recipe, definition: definition(`${toolPins[name].image}:${toolPins[name].tag}`) },
        "/cache/it",
        "/tmp/layer.tar",
      ).filter((argument) => argument.startsWith("--customize-hook="));
    expect(hooks("commitlint")[0]).toBe(
      '--customize-hook=mkdir -p "$1/usr/local/lib" && cp -r --preserve=mode,links /cache/it/node_modules "$1/usr/local/lib/node_modules"',
    );
    expect(hooks("hadolint")[0]).toBe(
      '--customize-hook=install -D -m 0755 /cache/it/bin/hadolint "$1/bin/hadolint"',
    );
  });

  test("installs Go programs before the scripts that may use them", () => {
    const hooks = argv.filter((argument) => argument.startsWith("--customize-hook="));
    expect(hooks[0]).toBe('--customize-hook=install -D -m 0755 /cache/go/buildkitd "$1/usr/bin/buildkitd"');
    expect(hooks.at(-1)).toMatch(/root\/clean\.sh$/);
  });
});

test("configArguments carries what gitlab-ci-local and Docker read", () => {
  const argv = configArguments(definition("postgis/postgis:15-3.3"));
  expect(argv).toContain("--config.exposedports=5432/tcp");
  expect(argv).toContain("--config.volume=/var/lib/postgresql/data");
  expect(argv.filter((argument) => argument.startsWith("--config.env=PATH="))).toEqual([
    "--config.env=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin",
  ]);
});

test("configArguments carries a user and a working directory", () => {
  const argv = configArguments(definition(`${toolPins.cosign.image}:${toolPins.cosign.tag}`));
  expect(argv).toContain("--config.user=65532");
  expect(argv).toContain("--config.workingdir=/home/nonroot");
});

test("official images live in Docker Hub's library", () => {
  expect(repositoryOf("docker:28.3.3-cli")).toBe("library/docker:28.3.3-cli");
  expect(repositoryOf("moby/buildkit:v0.23.2")).toBe("moby/buildkit:v0.23.2");
  expect(repositoryOf("ghcr.io/sigstore/cosign/cosign:v3.1.3-dev")).toBe("sigstore/cosign/cosign:v3.1.3-dev");
  expect(fileName("postgis/postgis:15-3.3")).toBe("postgis-postgis-15-3.3");
});
