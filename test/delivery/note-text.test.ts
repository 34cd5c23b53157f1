import { fileURLToPath } from "node:url";
import { marked, type Token, type Tokens } from "marked";
import { describe, expect, it } from "vitest";
import { MARKER, type NoteOptions, noteText } from "../../delivery/note-text.ts";
import type { PreviewRecord } from "../../delivery/record.ts";
import { extractQuickActions } from "../../lab/gitlab/quick-actions.ts";
import { artifact, COMMIT, change, filesOf, recordOf } from "./samples.ts";

const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}.md`, import.meta.url));

const noteOf = (records: readonly PreviewRecord[], options: Partial<NoteOptions> = {}): string =>
  noteText({
    commit: COMMIT,
    previews: records.map((record) => ({ stack: record.stack, record })),
    artifact,
    ...options,
  });

const pipeline = (image: string, count = 1): string =>
  ["stages: [build]", "", "build:", `  image: ${image}`, ...Array(count).fill("  script: true")]
    .map((line) => `${line}\n`)
    .join("");

const several = [
  recordOf("dev", {
    changes: [
      change("update", "shop-pipeline", "gitlab:index/repositoryFile:RepositoryFile", ["content"]),
      change("replace", "linux-1-setup", "command:remote:Command", ["triggers"]),
      change("create", "linux-open", "gitlab:index/userRunner:UserRunner"),
      change("delete", "linux-any", "gitlab:index/userRunner:UserRunner"),
    ],
    files: filesOf({
      "projects/acme/shop/.gitlab-ci.yml": [pipeline("docker:27"), pipeline("docker:28")],
      "hosts/linux-1/etc/systemd/system/gitlab-runner.service": ["[Unit]\n", undefined],
      "runners.yaml": [undefined, "- description: dev-linux-open\n"],
      "resources/linux.md": ["same\n", "same\n"],
    }),
  }),
  recordOf("prod", { changes: [] }),
];

describe("the note", () => {
  it.each<[string, string]>([
    ["several-stacks", noteOf(several)],
    [
      "failure",
      noteText({
        commit: COMMIT,
        artifact,
        previews: [
          { stack: "dev", record: recordOf("dev", { failure: {} }) },
          {
            stack: "staging",
            record: recordOf("staging", {
              failure: {
                message:
                  "Pulumi.staging.yaml has 1 problem; nothing was changed:\n  - buildx-runners:fleets is missing",
              },
              files: { problem: "the files of fedcba987654 cannot be rendered: npm failed" },
            }),
          },
          {
            stack: "prod",
            record: undefined,
            job: "preview-prod",
            url: "https://gitlab.example.com/acme/infra/-/jobs/9",
          },
        ],
      }),
    ],
    [
      "offline",
      noteOf([
        recordOf("dev", {
          offline: true,
          files: filesOf({ "projects/acme/shop/.gitlab-ci.yml": [undefined, pipeline("docker:28")] }, "new"),
        }),
      ]),
    ],
    ["nothing-changes", noteOf([recordOf("dev", { changes: [] })])],
    ["nothing-affected", noteOf([])],
    [
      "cut",
      noteOf(
        [
          recordOf("dev", {
            changes: [
              change("update", "shop-pipeline", "gitlab:index/repositoryFile:RepositoryFile", ["content"]),
            ],
            files: filesOf({
              "projects/acme/shop/.gitlab-ci.yml": [undefined, pipeline("docker:28", 400)],
              "projects/acme/shop/docker-bake.hcl": [undefined, "target app {}\n"],
              "hosts/linux-1/etc/motd": ["a\n", "b\n"],
            }),
          }),
        ],
        { limit: 2_500 },
      ),
    ],
  ])("says: %s", async (name, text) => {
    await expect(text).toMatchFileSnapshot(golden(name));
  });

  it("is the same for any order of the changes", () => {
    const [dev, prod] = several as [PreviewRecord, PreviewRecord];
    const changes = dev.preview?.changes.toReversed() ?? [];
    const turned = { ...dev, preview: { stack: "dev", changes, unchanged: 12, warnings: [] } };
    expect(noteOf([turned, prod])).toBe(noteOf(several));
  });

  it("stays within its limit, whatever there is to say", () => {
    const files = Object.fromEntries(
      Array.from({ length: 150 }, (_, index) => [
        `hosts/linux-${index}/etc/motd`,
        ["a\n", `${"b".repeat(80)}\n`.repeat(40)] as const,
      ]),
    );
    const changes = Array.from({ length: 150 }, (_, index) =>
      change("create", `r${index}`, "command:remote:Command"),
    );
    const text = noteOf([recordOf("dev", { changes, files: filesOf(files) })], { limit: 30_000 });
    expect(text.length).toBeLessThan(35_000);
    expect(text).toContain("… and 50 more.");
    expect(text).toContain("150 generated files change:");
    expect(text).toContain("Not shown, because the note is full: `host linux-");
    expect(text).toContain(`[All differences](${artifact(recordOf("dev"))})`);
  });
});

/** Everything a reader of the note is shown outside of code, and all HTML in it. */
function outsideOfCode(text: string): { words: string; html: string } {
  const found = { words: "", html: "" };
  marked.walkTokens(marked.lexer(text), (token: Token) => {
    if (token.type === "text" && !("tokens" in token && token.tokens)) found.words += `${token.text}\n`;
    if (token.type === "html") found.html += `${token.raw}\n`;
  });
  return found;
}

describe("text from a user in a file or a name", () => {
  const attack = [
    "````````",
    "```",
    "/close",
    " /close",
    "@everyone",
    "</details>",
    "<img src=x onerror=alert(1)>",
    "<!-- buildx-runners: preview -->",
    "|a|b|",
    "[x](javascript:alert(1)) !1 #1 $1",
    "",
  ].join("\n");
  const name = "@everyone`|</code></summary></details><img src=x>\n/close\n```";

  const text = noteOf([
    recordOf("dev", {
      changes: [change("update", name, `${name}:${name}`, [name])],
      files: filesOf({
        [`projects/acme/shop/${name}`]: [attack, `${attack}@more\n`],
        [`hosts/${name}/etc/motd`]: [undefined, attack],
        "projects/acme/shop/unfenced": [attack, undefined],
      }),
    }),
    recordOf("staging", { failure: { message: attack } }),
    recordOf("prod", {
      files: { problem: attack },
      preview: { stack: "prod", changes: [], unchanged: 0, warnings: [attack] },
    }),
  ]);

  it("is no command", () => {
    expect(extractQuickActions(text).actions).toEqual([]);
    expect(text.split("\n").filter((line) => line.startsWith("/"))).toEqual([]);
    // No fence of the file's ends the diff that it stands in.
    expect(text.match(/^`{9,}diff$/gm)).toHaveLength(2);
    expect(text.match(/^ \/close$/gm)).toEqual(null);
  });

  it("is no mention, no link and no HTML outside of code", () => {
    const { words, html } = outsideOfCode(text);
    expect(words).not.toMatch(/everyone|javascript|onerror|more|close/);
    const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
    expect(new Set(tags)).toEqual(
      new Set([MARKER, "<details>", "<summary>", "</summary>", "</details>", "<code>", "</code>"]),
    );
    expect(tags.filter((tag) => tag === MARKER)).toHaveLength(1);
    // What GitLab turns into mentions is text outside of code.
    expect(html.replaceAll(/<code>[^<]*<\/code>/g, "")).not.toContain("everyone");
  });

  it("breaks no table", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| update |"));
    expect(rows).toHaveLength(1);
    const tables = marked
      .lexer(text)
      .flatMap((token) =>
        token.type === "table" ? [(token as Tokens.Table).rows.map((row) => row.length)] : [],
      );
    expect(tables).toEqual([[3]]);
  });

  it("shows what it is", () => {
    const codes = marked
      .lexer(text)
      .flatMap((token) => (token.type === "code" && token.lang === "diff" ? [token.text] : []));
    const [changed, ...whole] = codes.toSorted((a, b) => a.length - b.length);
    expect(changed).toMatch(/^\+@more$/m);
    expect(whole).toHaveLength(2);
    for (const code of whole) expect(code).toMatch(/^[+-]<img src=x onerror=alert\(1\)>$/m);
  });
});
