import { describe, expect, it } from "vitest";
import { decide } from "../../../render/diagrams/conditions.ts";

const known = { BRANCH: "main", TAG: null, EMPTY: "", VERSION: "v1.2.3", PATTERN: "/^v/" };

describe("a condition", () => {
  it.each([
    ["$BRANCH", true],
    ["$TAG", false],
    ["$EMPTY", false],
    ["$OTHER", undefined],
    ['$BRANCH == "main"', true],
    ["$BRANCH == 'other'", false],
    ['$BRANCH != "other"', true],
    ["$TAG == null", true],
    ["$BRANCH != null", true],
    ['$EMPTY == ""', true],
    ["$BRANCH == $BRANCH", true],
    ["$VERSION =~ /^v\\d+\\.\\d+/", true],
    ["$VERSION =~ /^V1/i", true],
    ["$VERSION !~ /^v/", false],
    ["$TAG =~ /^v/", false],
    ["$VERSION =~ $PATTERN", true],
    ["$OTHER =~ /x/", undefined],
    ['$OTHER == "x"', undefined],
    ['$TAG && $OTHER == "x"', false],
    ['$BRANCH || $OTHER == "x"', true],
    ['$BRANCH && $OTHER == "x"', undefined],
    ['$TAG || $OTHER == "x"', undefined],
    ["$TAG || $BRANCH && $VERSION", true],
    ["($TAG || $BRANCH) && $TAG", false],
    ['$BRANCH == "a && b" || $VERSION', true],
  ])("%s is %s", (condition, answer) => {
    expect(decide(condition, known)).toBe(answer);
  });

  it.each(["$BRANCH ==", "(", "$BRANCH $TAG", "main", '$A == "unended', "$BRANCH )", "", "== $BRANCH"])(
    "is nothing that can be decided where it is %j",
    (text) => {
      expect(decide(text, known)).toBeUndefined();
    },
  );
});
