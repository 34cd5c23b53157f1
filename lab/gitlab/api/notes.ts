import { z } from "zod";
import { badRequest, forbidden, notFound } from "../errors.ts";
import { filledText } from "../parameters.ts";
import { extractQuickActions } from "../quick-actions.ts";
import type { Note } from "../records.ts";
import { type Call, page, type Reply, type Route, route } from "../router.ts";
import { accessLevels } from "../state.ts";
import { findIssue, setIssueState } from "./issues.ts";
import { findMergeRequest, setState } from "./merge-requests.ts";
import { userBasic } from "./users.ts";

/** What can be commented on. */
interface Noteable {
  readonly id: number;
  readonly iid: number;
  readonly type: "MergeRequest" | "Issue";
  readonly notes: Note[];
  /** Does what a quick action says, where the user may. */
  readonly act: (event: "close" | "reopen") => void;
}

const bodyLimit = 1_000_000;

/** @see https://docs.gitlab.com/api/notes/ */
export const noteRoutes: readonly Route[] = [
  ...routesOf("/projects/:id/merge_requests/:merge/notes", async (call) => {
    const merge = await findMergeRequest(call);
    const may = call.level >= accessLevels.developer || merge.author === call.user;
    return {
      ...{ id: merge.id, iid: merge.iid, type: "MergeRequest", notes: merge.notes },
      act: (event) => {
        if (may) setState(merge, event);
      },
    };
  }),
  ...routesOf("/projects/:id/issues/:issue/notes", async (call) => {
    const issue = findIssue(call);
    const may = call.level >= accessLevels.reporter || issue.author === call.user;
    return {
      ...{ id: issue.id, iid: issue.iid, type: "Issue", notes: issue.notes },
      act: (event) => {
        if (may) setIssueState(issue, event, call.user);
      },
    };
  }),
];

function routesOf(path: string, find: (call: Call) => Promise<Noteable>): readonly Route[] {
  return [
    route({
      method: "GET",
      path,
      parameters: z.looseObject({
        order_by: z.enum(["created_at", "updated_at"]).optional(),
        sort: z.enum(["asc", "desc"]).optional(),
      }),
      handle: async (call, { order_by = "created_at", sort = "desc" }) => {
        const noteable = await find(call);
        const key = (note: Note) => (order_by === "created_at" ? note.createdAt : note.updatedAt);
        const ascending = noteable.notes.toSorted((a, b) => key(a).localeCompare(key(b)) || a.id - b.id);
        const ordered = sort === "asc" ? ascending : ascending.toReversed();
        return page(call, ordered, (note) => noteEntity(call, noteable, note));
      },
    }),
    route({
      method: "POST",
      path,
      parameters: z.looseObject({ body: z.string() }),
      handle: async (call, { body }) => create(call, await find(call), body),
    }),
    route({
      method: "PUT",
      path: `${path}/:note`,
      parameters: z.looseObject({ body: filledText }),
      handle: async (call, { body }) => {
        const noteable = await find(call);
        const note = changeable(call, noteable);
        note.body = heeded(noteable, body).text;
        note.updatedAt = new Date().toISOString();
        return { status: 200, body: noteEntity(call, noteable, note) };
      },
    }),
  ];
}

function create(call: Call, noteable: Noteable, given: string): Reply {
  if (given.trim() === "") throw badRequest(`Note {:note=>["can't be blank"]}`);
  const { text, actions } = heeded(noteable, given);
  if (text === "") {
    // Nothing but commands: they are done, and there is no comment.
    const summary = actions.map((action) => (action === "close" ? "Closed this." : "Reopened this."));
    return { status: 202, body: { commands_changes: { state_event: actions.at(-1) }, summary } };
  }
  const now = new Date().toISOString();
  const note: Note = {
    id: call.state.nextId(),
    body: text,
    author: call.user,
    createdAt: now,
    updatedAt: now,
  };
  noteable.notes.push(note);
  return { status: 201, body: noteEntity(call, noteable, note) };
}

/** The text without its quick actions, which are done. */
function heeded(noteable: Noteable, body: string) {
  if (body.length > bodyLimit) {
    throw badRequest(`Note {:note=>["is too long (maximum is ${bodyLimit} characters)"]}`);
  }
  const extracted = extractQuickActions(body);
  for (const event of extracted.actions) noteable.act(event);
  return extracted;
}

/** The note of the path, for its author, and for Maintainers. */
function changeable(call: Call, { notes }: Noteable): Note {
  const note = notes.find(({ id }) => String(id) === call.path.note);
  if (note === undefined) throw notFound();
  if (note.author !== call.user && call.level < accessLevels.maintainer) throw forbidden();
  return note;
}

function noteEntity(call: Call, { id, iid, type }: Noteable, note: Note): Record<string, unknown> {
  return {
    id: note.id,
    type: null,
    body: note.body,
    attachment: null,
    author: userBasic(call, note.author),
    created_at: note.createdAt,
    updated_at: note.updatedAt,
    system: false,
    noteable_id: id,
    noteable_type: type,
    project_id: call.project.id,
    noteable_iid: iid,
    ...{ resolvable: false, confidential: false, internal: false, imported: false, imported_from: "none" },
  };
}
