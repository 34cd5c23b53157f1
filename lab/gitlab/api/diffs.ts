/** What changed in a file, as GitLab's API shows it: the hunks without Git's header. */
export function diffEntities(diff: string): readonly Record<string, unknown>[] {
  return diff
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith("diff --git "))
    .map(diffEntity);
}

function diffEntity(part: string): Record<string, unknown> {
  const hunks = part.search(/^@@ /m);
  const head = hunks < 0 ? part : part.slice(0, hunks);
  const field = (pattern: RegExp) => pattern.exec(head)?.[1];
  // Without a change of content there is no line with either path but the first, where both are the same.
  const same = field(/^diff --git a\/(.+) b\/\1$/m);
  const created = /^new file mode/m.test(head);
  const deleted = /^deleted file mode/m.test(head);
  const before = field(/^(?:rename from |--- a\/)(.+)$/m) ?? same;
  const after = field(/^(?:rename to |\+\+\+ b\/)(.+)$/m) ?? same;
  return {
    old_path: before ?? after,
    new_path: after ?? before,
    a_mode: created ? "0" : (field(/^(?:old mode|deleted file mode) (\d+)$/m) ?? modeOf(head)),
    b_mode: deleted ? "0" : (field(/^(?:new mode|new file mode) (\d+)$/m) ?? modeOf(head)),
    diff: hunks < 0 ? "" : part.slice(hunks),
    new_file: created,
    deleted_file: deleted,
    renamed_file: /^rename from /m.test(head),
    generated_file: false,
  };
}

function modeOf(head: string): string {
  return /^index [0-9a-f.]+ (\d+)$/m.exec(head)?.[1] ?? "100644";
}
