/** Texts by number, each held once. */
export class TextTable {
  private readonly ids = new Map<string, number>([['', 0]]);
  private readonly texts: string[] = [''];

  id(text: string): number {
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.texts.length;
      this.texts.push(text);
      this.ids.set(text, id);
    }
    return id;
  }

  text(id: number): string {
    return this.texts[id] ?? '';
  }
}
