/**
 * Thrown by the readers at bytes they cannot read, and caught in one place for each thing that is read. Any other error is a
 * fault of ours and must not look like a damaged code.
 */
export class Malformed extends Error {
  /** @param {string} why for a developer; people see the reason's own words */
  constructor(why) {
    super(why);
    this.name = 'Malformed';
  }
}
