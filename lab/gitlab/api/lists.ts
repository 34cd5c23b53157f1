/** Filters and order that GitLab's lists of issues and merge requests have in common. */
import { z } from "zod";
import { textList, wholeNumber } from "../parameters.ts";
import type { User } from "../state.ts";

const numbers = z.preprocess(
  (value) => (Array.isArray(value) || value === undefined ? value : [value]),
  z.array(wholeNumber).optional(),
);

/** Parameters of such a list. */
export const listParameters = {
  order_by: z.enum(["created_at", "updated_at", "title"]).optional(),
  sort: z.enum(["asc", "desc"]).optional(),
  labels: textList.optional(),
  search: z.string().optional(),
  in: textList.optional(),
  author_id: wholeNumber.optional(),
  author_username: z.string().optional(),
  iids: numbers,
  scope: z.enum(["created_by_me", "assigned_to_me", "all", "created-by-me", "assigned-to-me"]).optional(),
};
const given = z.looseObject(listParameters);
export type ListParameters = z.output<typeof given>;

interface Listed {
  readonly iid: number;
  readonly title: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly author: User;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Those that the filters leave, in the order that was asked for; default: the newest first. */
export function selected<T extends Listed>(
  list: readonly T[],
  user: User,
  { order_by = "created_at", sort = "desc", ...filters }: ListParameters,
): T[] {
  const key = ({ createdAt, updatedAt, title }: Listed) =>
    ({ created_at: createdAt, updated_at: updatedAt, title })[order_by];
  const found = list.filter((item) => fits(item, user, filters));
  // Those of one instant keep the order in which they were made.
  const ascending = found.toSorted((a, b) => key(a).localeCompare(key(b)) || a.iid - b.iid);
  return sort === "asc" ? ascending : ascending.toReversed();
}

function fits(item: Listed, user: User, filters: ListParameters): boolean {
  const { labels = [], search, iids, author_id, author_username, scope } = filters;
  if (iids !== undefined && !iids.includes(item.iid)) return false;
  if (author_id !== undefined && item.author.id !== author_id) return false;
  if (author_username !== undefined && item.author.username !== author_username) return false;
  if (scope?.startsWith("created") === true && item.author !== user) return false;
  if (scope?.startsWith("assigned") === true) return false;
  if (!labels.every((label) => hasLabel(item, label))) return false;
  if (search === undefined) return true;
  const where = filters.in ?? ["title", "description"];
  const texts = [
    where.includes("title") ? item.title : "",
    where.includes("description") ? item.description : "",
  ];
  return texts.some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

function hasLabel({ labels }: Listed, wanted: string): boolean {
  if (wanted === "None") return labels.length === 0;
  if (wanted === "Any") return labels.length > 0;
  return labels.includes(wanted);
}
