import { describe, expect, test } from "vitest";
import { brokenInitDb, changedApp, sampleFiles } from "../../../lab/sample/index.ts";

const files = await sampleFiles();
const text = (file: string) => files[file] ?? "";

describe.each(["Dockerfile", "db/Dockerfile"])("%s", (dockerfile) => {
  const stages = text(dockerfile)
    .split(/^(?=FROM )/m)
    .slice(1);
  const last = stages.at(-1) ?? "";

  test("has stages, each from a pinned image", () => {
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) expect(stage).toMatch(/^FROM [^\s:]+:[^\s]*\d/);
  });

  test("installs nothing in the last one", () => {
    expect(last).not.toMatch(/pip|apt-get|requirements/);
  });

  test("runs as an account without rights", () => {
    expect(last).toMatch(/^USER 10001:10001$/m);
    expect(last.indexOf("USER ")).toBeLessThan(last.indexOf("CMD "));
  });
});

test.each(["requirements.txt", "db/requirements.txt"])("%s pins every package by hash", (file) => {
  const packages = text(file).match(/^[a-z0-9-]+==.*$/gm) ?? [];
  const withHash = text(file).match(/^[a-z0-9-]+==[^\n]* \\\n {4}--hash=sha256:[0-9a-f]{64}/gm) ?? [];
  expect(packages.length).toBeGreaterThan(0);
  expect(withHash.length).toBe(packages.length);
});

test("a build context holds nothing but what its Dockerfile copies", () => {
  for (const file of [".dockerignore", "db/.dockerignore"]) expect(text(file)).toMatch(/^\*\n/);
});

test("the broken migration comes after all others and needs a table that none creates", () => {
  const [[file, sql] = ["", ""]] = Object.entries(brokenInitDb());
  const migrations = Object.keys(files).filter((name) => name.startsWith("db/migrations/"));
  expect([...migrations, file].sort().at(-1)).toBe(file);
  const table = /ALTER TABLE (\w+)/.exec(sql)?.[1] ?? "";
  for (const migration of migrations) expect(text(migration)).not.toContain(table);
});

test("a change of the service leaves its dependencies alone", async () => {
  const changed = await changedApp("second\nversion");
  expect(Object.keys(changed)).toEqual(["app/database.py"]);
  expect(changed["app/database.py"]).toBe(`${text("app/database.py")}\n# second version\n`);
});
