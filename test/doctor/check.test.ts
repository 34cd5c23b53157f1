/** How checks run at the same time, and how they are reported. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CannotCheck, make, makeAll, type PlannedCheck, question } from "../../doctor/check.ts";
import { GitlabRefusal, GitlabUnreachable } from "../../doctor/gitlab-client.ts";
import { redactor } from "../../doctor/redact.ts";
import { reportOf, textOf } from "../../doctor/report.ts";

const planned = (run: PlannedCheck["run"], seconds?: number): PlannedCheck => ({
  subject: "it",
  id: "it.is",
  title: "it is right",
  run,
  ...(seconds === undefined ? {} : { seconds }),
});

describe("a check", () => {
  it("with a fault hides no other, and reports its error", async () => {
    const faults: unknown[] = [];
    const broken = new TypeError("x is not a function");
    const checks = await makeAll(
      [
        planned(() => {
          throw broken;
        }),
        planned(async (answers) => {
          await sleep(5);
          return [answers.ok("one"), answers.failed("two", "mend it")];
        }),
      ],
      (_, error) => faults.push(error),
    );
    expect(checks.map(({ status, found }) => [status, found])).toEqual([
      ["skipped", "the check itself failed: x is not a function"],
      ["ok", "one"],
      ["failed", "two"],
    ]);
    expect(faults).toEqual([broken]);
  });

  it("that does not answer in time is skipped", async () => {
    const [check] = await make(planned(() => new Promise(() => undefined), 0.02));
    expect(check).toMatchObject({ status: "skipped", found: "no answer within 0.02 s" });
  });

  it.each([
    [new CannotCheck("no token", "set one"), "no token", "set one", undefined],
    [
      new CannotCheck("no token", "set one", { subject: "a", id: "b" }),
      "no token",
      "set one",
      { subject: "a", id: "b" },
    ],
    [
      new GitlabUnreachable("ECONNREFUSED", "refused"),
      "GitLab does not answer",
      "correct what gitlab.reachable reports",
      { subject: "GitLab", id: "gitlab.reachable" },
    ],
    [
      new GitlabRefusal(401, "user", "401 Unauthorized"),
      "GitLab answered 401 for user",
      "correct what token.valid reports",
      { subject: "GitLab token", id: "token.valid" },
    ],
    [
      new GitlabRefusal(403, "projects/1", "403"),
      "GitLab answered 403 for projects/1",
      "use a token with the scope api, of a user with the role Maintainer there",
      undefined,
    ],
    [
      new GitlabRefusal(429, "user", "Retry later"),
      "GitLab answered 429 for user: too many requests",
      "wait a minute, then run it again",
      undefined,
    ],
  ])("that ends with %s is skipped, with a remedy", async (error, found, remedy, because) => {
    const checks = await make(
      planned(() => {
        throw error;
      }),
      () => expect.fail("this was foreseen"),
    );
    expect(checks).toEqual([
      {
        ...{ id: "it.is", subject: "it", title: "it is right", status: "skipped", found, remedy },
        ...(because && { because }),
      },
    ]);
  });
});

describe("a report", () => {
  const one = question("GitLab token", "token.valid", "GitLab accepts it");
  const two = question("GitLab", "gitlab.version", "its version will do");
  const checks = [
    one.ok("GITLAB_TOKEN"),
    one.failed("ended", "rotate it\nand set it"),
    two.skipped("no answer", "mend it"),
    two.skipped("no answer", "mend it"),
    two.warning("old", "upgrade"),
  ];

  it("has a stable form for programs", () => {
    expect(reportOf("dev", checks)).toEqual({
      version: 1,
      stack: "dev",
      ok: false,
      counts: { ok: 1, warning: 1, failed: 1, skipped: 2 },
      checks,
    });
    expect(
      reportOf(
        "dev",
        checks.filter(({ status }) => status !== "failed"),
      ).ok,
    ).toBe(true);
  });

  it("has the failures first, then warnings, then a line for what was skipped or is ok", () => {
    expect(
      textOf(reportOf("dev", checks), { colour: false, verbose: false }),
    ).toBe(`failed  GitLab token: GitLab accepts it
        found: ended
        do:    rotate it
               and set it

warning GitLab: its version will do
        found: old
        do:    upgrade

skipped GitLab (2 checks): no answer. Do: mend it

ok      GitLab token (1 check)

dev: 1 failed, 1 warning, 2 skipped, 1 ok`);
  });

  it("names the failed check that others were skipped for, once", () => {
    const because = { subject: "GitLab token", id: "token.valid" };
    const [scopes, project] = [
      question("GitLab token", "token.scopes", "it has the scopes"),
      question("project acme/shop", "project.exists", "it exists"),
    ];
    const more = [
      scopes.skipped("401", "correct it", because),
      project.skipped("401 of it", "correct it", because),
      project.skipped("404", "correct the path"),
    ];
    const text = textOf(reportOf("dev", [one.failed("ended", "rotate it"), ...more]), {
      ...{ colour: false, verbose: false },
    });
    expect(text.split("\n").filter((line) => line.startsWith("skipped"))).toEqual([
      "skipped GitLab token (1 check), project acme/shop (1 check): failed before: GitLab token: GitLab accepts it",
      "skipped project acme/shop (1 check): 404. Do: correct the path",
    ]);
  });

  it("lists every check with --verbose, and has colours on a terminal", () => {
    const report = reportOf("dev", checks);
    const text = textOf(report, { colour: false, verbose: true });
    expect(text).toContain("ok      GitLab token: GitLab accepts it: GITLAB_TOKEN");
    expect(text).toContain(
      "skipped GitLab (2 checks): no answer. Do: mend it\n        GitLab: its version will do\n",
    );
    expect(textOf(report, { colour: true, verbose: false })).toContain("\u001b[31mfailed ");
  });
});

describe("a secret", () => {
  const key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAAB3NzaC1yc2E\n-----END OPENSSH PRIVATE KEY-----\n";
  it.each([
    ["the password is hunter2 indeed", ["hunter2"], "the password is [secret] indeed"],
    ["of hunter22 and hunter2", ["hunter2", "hunter22"], "of [secret] and [secret]"],
    ["line b3BlbnNzaC1rZXktdjEAAAAA alone", [key], "line [secret] alone"],
    ["glpat-abcdefghij0123456789 and glrt-t3_abcdefghij0123456789", [], "[secret] and [secret]"],
    [`key ${key.trim()} end`, [], "key [secret] end"],
    ["https://oauth2:whatever@gitlab.example.com", [], "https://oauth2:[secret]@gitlab.example.com"],
    ["nothing of it", ["", "  ", "of"], "nothing of it"],
  ])("is kept out of %s", (text, secrets, safe) => {
    expect(redactor(secrets)(text)).toBe(safe);
  });
});
