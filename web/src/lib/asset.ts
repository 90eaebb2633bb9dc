// The asset tree as rows: places that exist only as part of a path are shown all the same.

import type { Asset } from './api/types';

export interface TreeNode {
  path: string;
  name: string;
  depth: number;
  asset: Asset | null;
  children: boolean;
}

/** Every place from the enterprise down, in order of path; numbers in names count as numbers. */
export function treeOf(assets: Asset[]): TreeNode[] {
  const byPath = new Map<string, Asset | null>();
  for (const asset of assets) {
    const parts = asset.path.split('/');
    for (let i = 1; i < parts.length; i += 1) {
      const up = parts.slice(0, i).join('/');
      if (!byPath.has(up)) byPath.set(up, null);
    }
    byPath.set(asset.path, asset);
  }
  const paths = [...byPath.keys()].sort(comparePaths);
  return paths.map((path, i) => {
    const asset = byPath.get(path) ?? null;
    const name = asset?.name || path.split('/').at(-1) || path;
    return { path, name, depth: path.split('/').length - 1, asset, children: paths[i + 1]?.startsWith(`${path}/`) ?? false };
  });
}

function comparePaths(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = (left[i] ?? '').localeCompare(right[i] ?? '', undefined, { numeric: true });
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** The rows that can be seen: closed places hide what is below, a filter shows hits with their way down. */
export function visibleNodes(nodes: TreeNode[], closed: Set<string>, filter: string): TreeNode[] {
  const text = filter.trim().toLowerCase();
  if (text) {
    const hits = nodes.filter((node) => `${node.path} ${node.name}`.toLowerCase().includes(text));
    return nodes.filter((node) => hits.some((hit) => hit.path === node.path || hit.path.startsWith(`${node.path}/`)));
  }
  return nodes.filter((node) => ![...closed].some((path) => node.path.startsWith(`${path}/`)));
}
