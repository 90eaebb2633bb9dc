// Which rows of a list are chosen: click one, shift-click a stretch, ctrl-click adds.

export function selectRow(ids: number[], chosen: Set<number>, anchor: number | null, id: number, how: { shift: boolean; add: boolean }): Set<number> {
  if (how.shift && anchor !== null) {
    const a = ids.indexOf(anchor);
    const b = ids.indexOf(id);
    if (a >= 0 && b >= 0) return new Set([...(how.add ? chosen : []), ...ids.slice(Math.min(a, b), Math.max(a, b) + 1)]);
  }
  if (!how.add) return new Set([id]);
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
