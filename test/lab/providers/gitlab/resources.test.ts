import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isSecret, unknownValue } from "../../../../lab/providers/wire.ts";
import { Bench, Life } from "./bench.ts";

let bench: Bench;
const project = "acme/shop";

beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

function lifeOf(type: string, token?: string): Life {
  return new Life(bench.provider(token), type);
}

describe("UserRunner", () => {
  const type = "userRunner:UserRunner";
  const inputs = () => ({
    runnerType: "project_type",
    projectId: bench.gitlab.project(project).id,
    description: "lab",
    tagLists: ["buildx", "open"],
    untagged: false,
    accessLevel: "ref_protected",
    maximumTimeout: 3600,
  });

  test("is created with a secret token, and a second run changes nothing", async () => {
    const life = lifeOf(type);
    const runner = await life.create(inputs());
    const [record] = bench.gitlab.runners();
    expect(runner.id).toBe(String(record?.id));
    expect(runner.outputs).toMatchObject({ ...inputs(), locked: false, paused: false, maintenanceNote: "" });
    expect(isSecret(runner.outputs.token)).toBe(true);
    expect(runner.outputs.token).toMatchObject({ value: record?.token });
    expect(await life.plan(runner, inputs())).toBe("same");
    expect(await life.plan(runner, { ...inputs(), tagLists: ["open", "buildx"] })).toBe("same");
  });

  test("is updated in place and keeps its token", async () => {
    const life = lifeOf(type);
    const runner = await life.create(inputs());
    const wanted = { ...inputs(), tagLists: ["buildx"], paused: true };
    expect(await life.plan(runner, wanted)).toBe("update");
    const updated = await life.update(runner, wanted);
    expect(updated.outputs).toMatchObject({
      tagLists: ["buildx"],
      paused: true,
      token: runner.outputs.token,
    });
    expect(bench.gitlab.runners()).toMatchObject([{ tagList: ["buildx"], paused: true }]);
  });

  test("is replaced when it moves", async () => {
    const life = lifeOf(type);
    const runner = await life.create(inputs());
    expect(await life.plan(runner, { ...inputs(), projectId: 4711 })).toBe("replace for projectId");
    expect(await life.plan(runner, { runnerType: "instance_type", untagged: true })).toBe(
      "replace for runnerType",
    );
  });

  test("is found changed, and found gone", async () => {
    const life = lifeOf(type);
    const runner = await life.create(inputs());
    const [record] = bench.gitlab.runners();
    if (record !== undefined) record.description = "renamed by hand";
    const refreshed = await life.refresh(runner);
    expect(refreshed?.outputs).toMatchObject({ description: "renamed by hand", token: runner.outputs.token });
    expect(refreshed && (await life.plan(refreshed, inputs()))).toBe("update");
    await life.delete(runner);
    expect(bench.gitlab.runners()).toEqual([]);
    expect(await life.refresh(runner)).toBeUndefined();
    await expect(life.delete(runner)).resolves.toBeUndefined();
  });

  test("needs to know whose it is", async () => {
    const life = lifeOf(type);
    expect(await life.check({ runnerType: "group_type" })).toEqual([expect.stringContaining("groupId: ")]);
    expect(await life.check({ runnerType: "project_type", projectId: unknownValue })).toEqual([]);
    expect(await life.check({ runnerType: "instance_type", tags: ["x"] })).toEqual([
      "tags: is no property of this resource",
    ]);
    expect(await life.check({ runnerType: "instance_type", maximumTimeout: 10 })).toEqual([
      expect.stringContaining("maximumTimeout: "),
    ]);
  });
});

describe("RepositoryFile", () => {
  const type = "repositoryFile:RepositoryFile";
  const inputs = {
    project,
    branch: "main",
    filePath: ".gitlab-ci.yml",
    content: "job: {script: make ä}\n",
    encoding: "text",
    createCommitMessage: "Add the pipeline",
    updateCommitMessage: "Update the pipeline",
    deleteCommitMessage: "Remove the pipeline",
  };
  const messages = async () => (await bench.gitlab.commits(project)).map(({ message }) => message.trim());

  test("is one commit a change, each with its own message", async () => {
    const life = lifeOf(type);
    const file = await life.create(inputs);
    expect(file.id).toBe("acme/shop:main:.gitlab-ci.yml");
    const [commit] = await bench.gitlab.commits(project);
    expect(file.outputs).toMatchObject({ ...inputs, commitId: commit?.sha, fileName: ".gitlab-ci.yml" });
    expect(await bench.gitlab.readFile(project, ".gitlab-ci.yml")).toBe(inputs.content);
    expect(await life.plan(file, inputs)).toBe("same");

    const wanted = { ...inputs, content: "other\n" };
    expect(await life.plan(file, wanted)).toBe("update");
    const updated = await life.update(file, wanted);
    expect(updated.outputs.commitId).not.toBe(commit?.sha);
    await life.delete(updated);
    expect(await messages()).toEqual([
      "Remove the pipeline",
      "Update the pipeline",
      "Add the pipeline",
      "Initial commit",
    ]);
    expect(await life.refresh(updated)).toBeUndefined();
  });

  test("makes no commit for another message alone", async () => {
    const life = lifeOf(type);
    const file = await life.create(inputs);
    const wanted = { ...inputs, updateCommitMessage: "Say it otherwise" };
    expect(await life.plan(file, wanted)).toBe("update");
    const updated = await life.update(file, wanted);
    expect(updated.outputs.updateCommitMessage).toBe("Say it otherwise");
    expect(await messages()).toHaveLength(2);
  });

  test("takes base64, and keeps programs executable", async () => {
    const life = lifeOf(type);
    const content = Buffer.from([0, 255, 10, 128]).toString("base64");
    const binary = { ...inputs, filePath: "bin/tool", content, encoding: "base64", executeFilemode: true };
    const file = await life.create(binary);
    expect(file.outputs).toMatchObject({ content, encoding: "base64", executeFilemode: true, size: 4 });
    expect(await life.plan(file, { ...binary, executeFilemode: false })).toBe("update");
    expect((await life.update(file, { ...binary, executeFilemode: false })).outputs.executeFilemode).toBe(
      false,
    );
  });

  test("leaves a file alone that is there already, unless it is told to take it over", async () => {
    await bench.gitlab.commit(project, { ".gitlab-ci.yml": "theirs\n" });
    const life = lifeOf(type);
    await expect(life.create(inputs)).rejects.toThrow("400 {message: A file with this name already exists}");
    expect(await bench.gitlab.readFile(project, ".gitlab-ci.yml")).toBe("theirs\n");
    const adopted = { ...inputs, overwriteOnCreate: true };
    const file = await life.create(adopted);
    expect(await bench.gitlab.readFile(project, ".gitlab-ci.yml")).toBe(inputs.content);
    expect(await life.plan(file, adopted)).toBe("same");
  });

  test("takes a file over that is as it should be, without a commit", async () => {
    await bench.gitlab.commit(project, { ".gitlab-ci.yml": inputs.content });
    await lifeOf(type).create({ ...inputs, overwriteOnCreate: true });
    expect(await messages()).toHaveLength(2);
  });

  test("is found changed by a colleague, and restored", async () => {
    const life = lifeOf(type);
    const file = await life.create(inputs);
    await bench.gitlab.commit(project, { ".gitlab-ci.yml": "theirs\n" });
    const refreshed = await life.refresh(file);
    expect(refreshed?.outputs.content).toBe("theirs\n");
    if (refreshed === undefined) return;
    expect(await life.plan(refreshed, inputs)).toBe("update");
    await life.update(refreshed, inputs);
    expect(await bench.gitlab.readFile(project, ".gitlab-ci.yml")).toBe(inputs.content);
  });

  test("is replaced when it moves", async () => {
    const life = lifeOf(type);
    const file = await life.create(inputs);
    expect(await life.plan(file, { ...inputs, filePath: "other.yml" })).toBe("replace for filePath");
    expect(await life.plan(file, { ...inputs, branch: "other" })).toBe("replace for branch");
  });

  test("is not committed by those who may not push", async () => {
    bench.gitlab.createUser("dev", { acme: "developer" });
    const life = lifeOf(type, bench.gitlab.createToken("dev"));
    await expect(life.create(inputs)).rejects.toThrow("You are not allowed to push into this branch");
    expect(await messages()).toHaveLength(1);
  });

  test("needs commit messages and a path within the repository", async () => {
    const { createCommitMessage, ...without } = inputs;
    expect(await lifeOf(type).check(without)).toEqual([expect.stringContaining("createCommitMessage: ")]);
    expect(await lifeOf(type).check({ ...without, commitMessage: createCommitMessage })).toEqual([]);
    expect(await lifeOf(type).check({ ...inputs, filePath: "/etc/passwd" })).toEqual([
      expect.stringContaining("filePath: "),
    ]);
  });
});

describe("ProjectVariable", () => {
  const type = "projectVariable:ProjectVariable";
  const inputs = { project, key: "REGISTRY_PASSWORD", value: "s3cret-value", masked: true, raw: true };

  test("is created, changed, found changed and removed", async () => {
    const life = lifeOf(type);
    const variable = await life.create(inputs);
    expect(variable.id).toBe("acme/shop:REGISTRY_PASSWORD:*");
    expect(variable.outputs).toMatchObject({ ...inputs, environmentScope: "*", variableType: "env_var" });
    expect(await life.plan(variable, inputs)).toBe("same");
    const wanted = { ...inputs, value: "an0ther-value", protected: true };
    expect(await life.plan(variable, wanted)).toBe("update");
    const updated = await life.update(variable, wanted);
    expect(bench.gitlab.variables(project)).toMatchObject([{ value: "an0ther-value", protected: true }]);
    const [record] = bench.gitlab.variables(project);
    if (record !== undefined) record.masked = false;
    const refreshed = await life.refresh(updated);
    expect(refreshed && (await life.plan(refreshed, wanted))).toBe("update");
    await life.delete(updated);
    expect(bench.gitlab.variables(project)).toEqual([]);
    expect(await life.refresh(updated)).toBeUndefined();
  });

  test("goes back to a default that is no longer set otherwise", async () => {
    const life = lifeOf(type);
    const variable = await life.create({ ...inputs, protected: true });
    expect(await life.plan(variable, inputs)).toBe("update");
    await life.update(variable, inputs);
    expect(bench.gitlab.variables(project)).toMatchObject([{ protected: false }]);
  });

  test("that is hidden keeps the value that GitLab no longer tells", async () => {
    const life = lifeOf(type);
    const hidden = { ...inputs, hidden: true };
    const variable = await life.create(hidden);
    expect(bench.gitlab.variables(project)).toMatchObject([{ hidden: true, masked: true }]);
    expect(variable.outputs).toMatchObject({ value: "s3cret-value", hidden: true });
    const refreshed = await life.refresh(variable);
    expect(refreshed && (await life.plan(refreshed, hidden))).toBe("same");
    expect(await life.plan(variable, inputs)).toBe("replace for hidden");
    await life.update(variable, { ...hidden, value: "an0ther-value" });
    expect(bench.gitlab.variables(project)).toMatchObject([{ value: "an0ther-value", hidden: true }]);
  });

  test("of one environment leaves another's alone", async () => {
    const life = lifeOf(type);
    const one = await life.create({ ...inputs, environmentScope: "staging" });
    await life.create({ ...inputs, environmentScope: "production" });
    await life.delete(one);
    expect(bench.gitlab.variables(project)).toMatchObject([{ environmentScope: "production" }]);
  });

  test("whose value cannot be masked says so, without the value", async () => {
    const error = await lifeOf(type)
      .create({ ...inputs, value: "no good" })
      .catch((reason: unknown) => String(reason));
    expect(error).toContain("Invalid value for a masked variable");
    expect(error).not.toContain("no good");
    expect(bench.gitlab.variables(project)).toEqual([]);
  });
});

describe("TagProtection", () => {
  test("comes, is found gone, and comes again", async () => {
    const life = lifeOf("tagProtection:TagProtection");
    const inputs = { project, tag: "v*" };
    const rule = await life.create(inputs);
    expect(rule).toMatchObject({ id: "acme/shop:v*", outputs: { createAccessLevel: "maintainer" } });
    expect(await life.plan(rule, inputs)).toBe("same");
    expect(await life.plan(rule, { ...inputs, createAccessLevel: "developer" })).toBe(
      "replace for createAccessLevel (delete first)",
    );
    bench.gitlab.project(project).protectedTags.length = 0;
    expect(await life.refresh(rule)).toBeUndefined();
    await life.create(inputs);
    expect(bench.gitlab.project(project).protectedTags).toMatchObject([{ name: "v*", createLevel: 40 }]);
  });
});

describe("PipelineSchedule", () => {
  test("is created, changed and removed", async () => {
    const life = lifeOf("pipelineSchedule:PipelineSchedule");
    const inputs = { project, description: "Refresh", ref: "refs/heads/main", cron: "0 3 * * 1" };
    const schedule = await life.create(inputs);
    expect(schedule.outputs).toMatchObject({ ...inputs, cronTimezone: "UTC", active: true });
    expect(schedule.id).toBe(`acme/shop:${schedule.outputs.pipelineScheduleId}`);
    expect(await life.plan(schedule, inputs)).toBe("same");
    const wanted = { ...inputs, active: false, cron: "0 4 * * 1" };
    expect(await life.plan(schedule, wanted)).toBe("update");
    expect((await life.update(schedule, wanted)).outputs).toMatchObject(wanted);
    await life.delete(schedule);
    expect(bench.gitlab.project(project).schedules).toEqual([]);
    expect(await life.check({ ...inputs, ref: "main" })).toEqual([
      "ref: must be the full name: refs/heads/main",
    ]);
  });
});

describe("PipelineScheduleVariable", () => {
  test("lives in its schedule, changes in place and goes", async () => {
    const schedule = await lifeOf("pipelineSchedule:PipelineSchedule").create({
      project,
      description: "Back up",
      ref: "refs/heads/main",
      cron: "0 3 * * *",
    });
    const pipelineScheduleId = Number(schedule.outputs.pipelineScheduleId);
    const life = lifeOf("pipelineScheduleVariable:PipelineScheduleVariable");
    const inputs = { project, pipelineScheduleId, key: "OPERATION", value: "backup" };
    const variable = await life.create(inputs);
    expect(variable.outputs).toMatchObject({ ...inputs, variableType: "env_var" });
    expect(variable.id).toBe(`acme/shop:${pipelineScheduleId}:OPERATION`);
    expect(await life.plan(variable, inputs)).toBe("same");
    const wanted = { ...inputs, value: "review" };
    expect(await life.plan(variable, wanted)).toBe("update");
    expect((await life.update(variable, wanted)).outputs).toMatchObject(wanted);
    expect(await life.plan(variable, { ...inputs, key: "OTHER" })).toBe("replace for key");
    await life.delete(variable);
    expect(bench.gitlab.project(project).schedules[0]?.variables).toEqual([]);
  });
});

describe("ProjectContainerTagProtection", () => {
  test("is created, replaced, found gone and removed", async () => {
    const life = lifeOf("projectContainerTagProtection:ProjectContainerTagProtection");
    const inputs = {
      project,
      tagNameRegex: "^v",
      minimumAccessLevelForPush: "MAINTAINER",
      minimumAccessLevelForDelete: "OWNER",
    };
    const rule = await life.create(inputs);
    expect(rule.outputs).toMatchObject(inputs);
    expect(rule.id).toBe(`acme/shop:${rule.outputs.protectionRuleId}`);
    expect(await life.plan(rule, inputs)).toBe("same");
    const wanted = { ...inputs, minimumAccessLevelForPush: "ADMIN" };
    expect(await life.plan(rule, wanted)).toBe("replace for minimumAccessLevelForPush");
    await expect(life.create(wanted)).rejects.toThrow("has already been taken");
    await life.delete(rule);
    expect(await life.refresh(rule)).toBeUndefined();
    expect(await life.check({ project, tagNameRegex: "^v", immutable: true })).toEqual([
      expect.stringContaining("immutable: "),
    ]);
    expect(await life.check({ project, tagNameRegex: "^v" })).toHaveLength(2);
  });
});
