/** A view that is drawn again only when one of its properties is another. (Preact's own is in a package for React's users.) */
import { Component, type ComponentChildren, h, type VNode } from "preact";

export function memo<P extends object>(view: (props: P) => VNode): (props: P & { key?: string | number }) => VNode {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const keys = new Set([...Object.keys(next), ...Object.keys(this.props)]) as Set<keyof P>;
      for (const key of keys) if (next[key] !== this.props[key]) return true;
      return false;
    }
    override render(): ComponentChildren {
      return h(view as never, this.props as never);
    }
  }
  return (props) => h(Memo as never, props as never);
}
