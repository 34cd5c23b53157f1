/** Logins by user and password, GitLab's own among them. */
import { describe, expect, test } from "vitest";
import { Secret } from "../../config/secret.ts";
import { logInSteps, type RegistryAccess, registryAccess } from "../../pipeline/registries.ts";
import { shells } from "./support/clouds.ts";
import { CLIENTS, runLogIn } from "./support/log-in.ts";

describe.each(shells)("a password, with %s", (shell) => {
  const registry = {
    image: "registry.example.com/shop",
    user: "ci",
    password: new Secret("hunter2 hunter2"),
  };
  const access = registryAccess(registry, { prefix: "REGISTRY", clients: CLIENTS });
  const variables = {
    REGISTRY: "registry.example.com",
    REGISTRY_USER: "ci",
    REGISTRY_PASSWORD: "pa$$: 'word' \"x\"",
  };

  test("goes in by standard input", async () => {
    const run = await runLogIn(logInSteps([access]), variables, shell);
    expect(run.calls).toEqual(["login --username ci --password-stdin registry.example.com"]);
    expect(run.password).toBe(variables.REGISTRY_PASSWORD);
  });

  test.each<[string, RegistryAccess, RegExp]>([
    ["other", access, /REGISTRY_PASSWORD: is not set\. A protected variable is absent/],
    ["gitlab", registryAccess("gitlab", { prefix: "REGISTRY", clients: CLIENTS }), /switched on/],
    [
      "a deploy token",
      registryAccess({ gitlab: { deployToken: true } }, { prefix: "REGISTRY", clients: CLIENTS }),
      /gitlab-deploy-token/,
    ],
  ])("is missed in the words of %s", async (_, kind, message) => {
    const run = await runLogIn(logInSteps([kind]), { REGISTRY_PASSWORD: "" }, shell);
    expect(run.status).not.toBe(0);
    expect(run.stderr).toMatch(message);
    expect(run.calls).toEqual([]);
  });

  test("is written where there is no Docker CLI, beside those of mirrors", async () => {
    const mirror = registryAccess(
      { ...registry, image: "docker.io/shop" },
      { prefix: "MIRROR_1", clients: CLIENTS },
    );
    const run = await runLogIn(
      logInSteps([access, mirror], "file"),
      { ...variables, MIRROR_1: "docker.io", MIRROR_1_USER: "hub", MIRROR_1_PASSWORD: "x".repeat(200) },
      shell,
    );
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.files["config.json"] ?? "")).toEqual({
      auths: {
        "registry.example.com": { auth: Buffer.from(`ci:${variables.REGISTRY_PASSWORD}`).toString("base64") },
        "https://index.docker.io/v1/": { auth: Buffer.from(`hub:${"x".repeat(200)}`).toString("base64") },
      },
    });
    expect(run.calls).toEqual([]);
  });

  test("never goes where somebody else has put a directory", async () => {
    const run = await runLogIn(
      [{ run: 'mkdir "$DOCKER_CONFIG"' }, ...logInSteps([access])],
      variables,
      shell,
    );
    expect(run.status).not.toBe(0);
    expect(run.calls).toEqual([]);
  });
});
