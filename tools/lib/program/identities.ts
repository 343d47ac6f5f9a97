import type * as pulumi from "@pulumi/pulumi";

/** What an engine knows a resource by: its name, and the types of the components around it, outermost first. */
export interface Identity {
  parents: string[];
  type: string;
  name: string;
}

/** The identities of a program's resources, with those that aliases give them or a component around them. */
export class Identities {
  readonly #known = new WeakMap<pulumi.Resource, Identity[]>();

  /** @returns every identity of a new resource, its own first; parents must be added before their children. */
  add(
    resource: pulumi.Resource,
    type: string,
    name: string,
    { parent, aliases = [] }: pulumi.ResourceOptions,
  ): [Identity, ...Identity[]] {
    const [own, ...inherited] = this.#within(parent, type, name);
    const named = aliases.filter((alias) => typeof alias === "object") as pulumi.Alias[];
    const others = named.flatMap((alias) => {
      const around = "parent" in alias ? alias.parent : parent;
      const given = { type: plainText(alias.type) ?? type, name: plainText(alias.name) ?? name };
      return this.#within(around as pulumi.Resource | undefined, given.type, given.name);
    });
    const all: [Identity, ...Identity[]] = [own, ...inherited, ...others];
    this.#known.set(resource, all);
    return all;
  }

  #within(
    parent: pulumi.Resource | undefined,
    type: string,
    name: string,
  ): [Identity, ...Identity[]] {
    const around = (parent && this.#known.get(parent)) ?? [];
    const [own = [], ...others] = around.map((each) => [...each.parents, each.type]);
    return [{ parents: own, type, name }, ...others.map((parents) => ({ parents, type, name }))];
  }
}

function plainText(value: pulumi.Input<string> | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** An identity as an URN has it behind stack and project. */
export function urnOf({ parents, type, name }: Identity): string {
  return `${[...parents, type].join("$")}::${name}`;
}
