// The browse-and-tick tree: folders open on demand, ticked signals carry their mapping.

import * as api from '../api/endpoints';
import { asProblem, type ApiError } from '../api/client';
import type { BrowseNode, ImportSignal } from '../api/types';
import { guessKind, guessRole } from '../roles';

export interface Row {
  node: BrowseNode;
  depth: number;
}

export interface Mapped extends ImportSignal {
  label: string;
}

/** A proposal for where a browsed node belongs: its own, else below `fallback` under a legal name. */
export function propose(node: BrowseNode, fallback: string): Mapped {
  const path = node.path;
  const cut = path.lastIndexOf('/');
  const slug = node.plain_name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9_/]+/g, '_').replace(/^_+|_+$/g, '');
  const name = cut > 0 ? path.slice(cut + 1) : slug || 'signal';
  const role = guessRole(name);
  return {
    address: node.address, label: node.name, asset_path: cut > 0 ? path.slice(0, cut) : fallback, name,
    unit: node.unit || '1', role, kind: guessKind(node.signal_kind, role),
    range: node.range, description: node.description === node.name ? '' : node.description, rate_hz: null,
  };
}

export class Browser {
  children = $state<Record<string, BrowseNode[]>>({});
  open = $state<Record<string, boolean>>({});
  busy = $state<Record<string, boolean>>({});
  ticked = $state<Record<string, Mapped>>({});
  problem = $state<ApiError | null>(null);

  constructor(
    private readonly source: () => { name?: string; config?: unknown },
    private readonly fallback: () => string,
  ) {}

  async read(at = ''): Promise<void> {
    this.busy[at] = true;
    try {
      const reply = await api.browse({ ...this.source(), ...(at ? { at } : {}) });
      this.children[at] = reply.nodes;
      this.problem = null;
    } catch (error) {
      this.problem = asProblem(error);
    }
    this.busy[at] = false;
  }

  async toggle(node: BrowseNode): Promise<void> {
    const open = !this.open[node.address];
    this.open[node.address] = open;
    if (open && !this.children[node.address]) await this.read(node.address);
  }

  tick(node: BrowseNode, on: boolean): void {
    if (on) this.ticked[node.address] = propose(node, this.fallback());
    else delete this.ticked[node.address];
  }

  /** All signals directly in an opened folder, ticked or not. */
  tickAll(at: string, on: boolean): void {
    for (const node of this.children[at] ?? []) if (node.kind === 'signal') this.tick(node, on);
  }

  rows(): Row[] {
    const out: Row[] = [];
    const walk = (at: string, depth: number) => {
      for (const node of this.children[at] ?? []) {
        out.push({ node, depth });
        if (this.open[node.address]) walk(node.address, depth + 1);
      }
    };
    walk('', 0);
    return out;
  }
}
