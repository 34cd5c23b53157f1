import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fleetSchema } from "../../../config/fleets.ts";
import { imageDefinitions } from "../../../lab/images/definitions.ts";
import { repositoryOf } from "../../../lab/images/index.ts";
import { configArguments, fileName, labelsOf, mmdebstrapArguments } from "../../../lab/images/layout.ts";
import { sampleFiles } from "../../../lab/sample/index.ts";

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
    if (image.origin === "docker-hub") {
      expect(labels["org.opencontainers.image.title"]).toBe(`stand-in for ${image.reference}`);
    }
  });

  test.each(imageDefinitions)("$reference is made from files that are there", (image) => {
    for (const file of [...image.scripts, ...(image.material ?? [])])
      expect(existsSync(file), file).toBe(true);
  });

  test("stamp Go programs with the versions that their modules pin", () => {
    for (const { go } of imageDefinitions) {
      if (go === undefined) continue;
      const pins = readFileSync(path.join(go.module, "go.mod"), "utf8");
      for (const [variable, version] of Object.entries(go.stamps)) {
        const module = variable.split("/").slice(0, 3).join("/");
        expect(pins).toMatch(
          new RegExp(`\\s${module} v?${version.replaceAll(".", "\\.")}(\\+incompatible)?\\s`),
        );
      }
    }
  });
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

test("official images live in Docker Hub's library", () => {
  expect(repositoryOf("docker:28.3.3-cli")).toBe("library/docker:28.3.3-cli");
  expect(repositoryOf("moby/buildkit:v0.23.2")).toBe("moby/buildkit:v0.23.2");
  expect(fileName("postgis/postgis:15-3.3")).toBe("postgis-postgis-15-3.3");
});
