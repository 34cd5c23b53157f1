/** Keeps the delivery's one note in a merge request. */
import { asked, PAGE, type Project } from "./gitlab.ts";

/** What happened to the note. */
export type Posted = "created" | "updated" | "unchanged";

/**
 * Creates the note, or updates it. It is found by its marker and its author, because every user can write a marker.
 *
 * @param iid of the merge request.
 * @param text starts with the marker.
 * @throws {UsageError} for a refusal, with the remedy.
 * @see https://docs.gitlab.com/api/notes/#merge-requests
 */
export async function post({ api, id }: Project, iid: number, marker: string, text: string): Promise<Posted> {
  const me = await asked("look up the user of DELIVERY_TOKEN", api.Users.showCurrentUser());
  const notes = await asked(
    `read the notes of merge request !${iid}`,
    api.MergeRequestNotes.all(id, iid, { ...PAGE, sort: "asc", orderBy: "created_at" }),
  );
  const own = notes.find(
    ({ author, body, system }) => author.id === me.id && !system && body.startsWith(marker),
  );
  // GitLab takes white space off a text's end.
  if (own?.body.trimEnd() === text.trimEnd()) return "unchanged";
  if (own === undefined) {
    await asked(`comment on merge request !${iid}`, api.MergeRequestNotes.create(id, iid, text));
    return "created";
  }
  await asked(
    `edit a note of merge request !${iid}`,
    api.MergeRequestNotes.edit(id, iid, own.id, { body: text }),
  );
  return "updated";
}
