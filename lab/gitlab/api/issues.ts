import { z } from "zod";
import { forbidden, invalidRecord } from "../errors.ts";
import { filledText, textList, wholeNumber } from "../parameters.ts";
import type { Issue } from "../records.ts";
import { type Call, page, type Route, route } from "../router.ts";
import { accessLevels, type User } from "../state.ts";
import { numbered, references, requireFeature } from "./access.ts";
import { userBasic } from "./users.ts";

const path = "/projects/:id/issues";
const limits = { title: 255, description: 1_048_576 };

/** @see https://docs.gitlab.com/api/issues/ */
export const issueRoutes: readonly Route[] = [
  route({
    method: "GET",
    path,
    parameters: z.looseObject({
      state: z.enum(["opened", "closed", "all"]).optional(),
      labels: textList.optional(),
      author_id: wholeNumber.optional(),
    }),
    handle: (call, { state = "all", labels = [], author_id }) => {
      requireFeature(call, "issues");
      const found = call.project.issues
        .filter(
          (issue) =>
            (state === "all" || issue.state === state) &&
            (author_id === undefined || issue.author.id === author_id) &&
            labels.every((label) => issue.labels.includes(label)),
        )
        .toReversed();
      return page(call, found, (issue) => issueEntity(call, issue));
    },
  }),
  route({
    method: "POST",
    path,
    parameters: z.looseObject({
      title: filledText,
      description: z.string().optional(),
      labels: textList.optional(),
    }),
    handle: (call, given) => {
      requireFeature(call, "issues");
      check(given);
      const now = new Date().toISOString();
      const { issues } = call.project;
      const issue: Issue = {
        ...{ id: call.state.nextId(), iid: issues.length + 1, author: call.user, state: "opened", notes: [] },
        title: given.title,
        description: given.description ?? "",
        // Who may not set them gets the issue without.
        labels: call.level >= accessLevels.reporter ? unique(given.labels ?? []) : [],
        ...{ createdAt: now, updatedAt: now, closedAt: null, closedBy: undefined },
      };
      issues.push(issue);
      return { status: 201, body: issueEntity(call, issue) };
    },
  }),
  route({
    method: "PUT",
    path: `${path}/:issue`,
    parameters: z.looseObject({
      title: filledText.optional(),
      description: z.string().optional(),
      labels: textList.optional(),
      state_event: z.enum(["close", "reopen"]).optional(),
    }),
    handle: (call, given) => {
      const issue = findIssue(call);
      if (call.level < accessLevels.reporter && issue.author !== call.user) throw forbidden();
      check(given);
      issue.title = given.title ?? issue.title;
      issue.description = given.description ?? issue.description;
      if (call.level >= accessLevels.reporter) issue.labels = unique(given.labels ?? issue.labels);
      if (given.state_event !== undefined) setIssueState(issue, given.state_event, call.user);
      issue.updatedAt = new Date().toISOString();
      return { status: 200, body: issueEntity(call, issue) };
    },
  }),
];

/** The issue of the path. @throws ApiError 404 */
export function findIssue(call: Call): Issue {
  requireFeature(call, "issues");
  return numbered(call, call.project.issues, "issue");
}

export function setIssueState(issue: Issue, event: "close" | "reopen", user: User): void {
  const closes = event === "close";
  const state = closes ? "closed" : "opened";
  if (state === issue.state) return;
  const closedAt = closes ? new Date().toISOString() : null;
  Object.assign(issue, { state, closedAt, closedBy: closes ? user : undefined });
}

function check(given: {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}): void {
  for (const name of ["title", "description"] as const) {
    if ((given[name] ?? "").length <= limits[name]) continue;
    throw invalidRecord({ [name]: [`is too long (maximum is ${limits[name]} characters)`] });
  }
}

function unique(labels: readonly string[]): string[] {
  return [...new Set(labels)].toSorted();
}

function issueEntity(call: Call, issue: Issue): Record<string, unknown> {
  const { id, iid, title, description, state, labels, closedBy } = issue;
  return {
    ...{ id, iid, title, description, state, labels, project_id: call.project.id },
    author: userBasic(call, issue.author),
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: closedBy === undefined ? null : userBasic(call, closedBy),
    ...{ assignees: [], assignee: null, milestone: null, type: "ISSUE", issue_type: "issue" },
    user_notes_count: issue.notes.length,
    references: references(call.project, "#", iid),
    web_url: `${call.url}/${call.project.path}/-/issues/${iid}`,
  };
}
