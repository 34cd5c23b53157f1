import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drift } from "../../delivery/drift.ts";
import { change } from "./samples.ts";
import { INFRA, JobBench, refusal } from "./workbench.ts";

let bench: JobBench;

beforeEach(async () => {
  bench = await JobBench.start();
});
afterEach(() => bench.stop());

const variable = change("update", "shop-PGPASSWORD", "gitlab:index/projectVariable:ProjectVariable", [
  "value",
]);
const look = (stack = "dev") => drift({ stack }, bench.job());
const issues = () =>
  bench.standIn.gitlab.issues(INFRA).map(({ iid, title, state, labels, notes }) => ({
    iid,
    title,
    state,
    labels,
    notes: notes.map(({ body }) => body),
  }));

describe("drift", () => {
  it("opens one issue, says nothing twice, tells of other drift, and closes the issue in the end", async () => {
    bench.stack.drifted = [variable];
    await look();
    await look();
    const open = { iid: 1, title: "Drift of stack dev", state: "opened", labels: ["drift"] };
    expect(issues()).toEqual([{ ...open, notes: [] }]);
    const [issue] = bench.standIn.gitlab.issues(INFRA);
    expect(issue?.description).toContain(
      "| update | `shop-PGPASSWORD` `gitlab:index/projectVariable:ProjectVariable` | `value` |",
    );
    expect(bench.lines.at(-1)).toBe("Issue #1 already reports it.");

    bench.stack.drifted = [variable, change("create", "linux-open", "gitlab:index/userRunner:UserRunner")];
    await look();
    expect(issues()).toEqual([{ ...open, notes: [expect.stringContaining("drift has changed")] }]);
    expect(issue?.description).toContain("`linux-open`");

    bench.stack.drifted = [];
    await look();
    expect(issues()).toMatchObject([
      { ...open, state: "closed", notes: [{}, expect.stringContaining("gone")] },
    ]);
    await look();
    expect(bench.lines.at(-1)).toBe("No issue is open.");
    bench.stack.drifted = [variable];
    await look();
    expect(issues()).toMatchObject([{ state: "closed" }, { iid: 2, state: "opened" }]);
  });

  it("is not what waits for its update", async () => {
    bench.stack.changes = [variable];
    await look();
    expect(issues()).toEqual([]);
    expect(bench.lines).toContain("Stack dev: no drift.");
  });

  it("has an issue for each stack, and leaves those of others alone", async () => {
    const path = `projects/${encodeURIComponent(INFRA)}/issues`;
    const planted = {
      title: "Mine",
      labels: "drift",
      description: "<!-- buildx-runners: drift of dev -->\nmine",
    };
    await bench.standIn.call("POST", path, planted);
    bench.stack.drifted = [variable];
    await look("dev");
    await look("prod");
    expect(issues().map(({ title }) => title)).toEqual(["Mine", "Drift of stack dev", "Drift of stack prod"]);
    bench.stack.drifted = [];
    await look("dev");
    expect(issues().map(({ state }) => state)).toEqual(["opened", "closed", "opened"]);
  });

  it("finds its issue behind a hundred others", async () => {
    bench.stack.drifted = [variable];
    await look();
    const path = `projects/${encodeURIComponent(INFRA)}/issues`;
    const token = bench.environment.DELIVERY_TOKEN ?? null;
    for (let number = 0; number < 101; number += 1)
      await bench.standIn.call("POST", path, { title: `Other ${number}`, labels: "drift" }, { token });
    await look();
    expect(bench.lines.at(-1)).toBe("Issue #1 already reports it.");
  });

  it("says what keeps it from having an issue, before it looks", async () => {
    bench.stack.failure = new Error("the stack was asked");
    bench.environment.DELIVERY_TOKEN = "";
    expect(await refusal(look())).toMatch(/^DELIVERY_TOKEN is not set/);
  });

  it("says what to do if issues are off", async () => {
    bench.stack.drifted = [variable];
    bench.standIn.gitlab.configureProject(INFRA, { issues_access_level: "disabled" });
    expect(await refusal(look())).toMatch(
      /issues about drift: GitLab answered 40[34] .*DELIVERY_TOKEN (?:has no right|may not)/,
    );
  });
});
