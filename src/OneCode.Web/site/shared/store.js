/** A few records in IndexedDB, by name. Keys go in as they are: a CryptoKey that cannot be extracted stays so. */
export class Store {
  #database;

  /**
   * @param {string} database
   * @param {string[]} tables
   */
  static async open(database, tables) {
    const store = new Store();
    store.#database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open(database, 1);
      opening.onupgradeneeded = () => tables.forEach((table) => opening.result.createObjectStore(table));
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    return store;
  }

  get(table, name) {
    return this.#do(table, 'readonly', (records) => records.get(name));
  }

  all(table) {
    return this.#do(table, 'readonly', (records) => records.getAll());
  }

  names(table) {
    return this.#do(table, 'readonly', (records) => records.getAllKeys());
  }

  put(table, name, value) {
    return this.#do(table, 'readwrite', (records) => records.put(value, name));
  }

  /**
   * Puts bytes in the place of those that were read before. False, and nothing changed, where others are there by now: another window of the page was quicker.
   * @param {string} table
   * @param {string} name
   * @param {Uint8Array | undefined} before
   * @param {Uint8Array} after
   * @returns {Promise<boolean>}
   */
  async swap(table, name, before, after) {
    let swapped = false;
    await this.#do(table, 'readwrite', (records) => {
      const reading = records.get(name);
      reading.onsuccess = () => {
        swapped = isSame(reading.result, before);
        if (swapped) {
          records.put(after, name);
        }
      };
      return reading;
    });
    return swapped;
  }

  delete(table, name) {
    return this.#do(table, 'readwrite', (records) => records.delete(name));
  }

  clear(table) {
    return this.#do(table, 'readwrite', (records) => records.clear());
  }

  // Resolves when the transaction is done, not when the request is: what was said to be kept is kept.
  #do(table, mode, action) {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(table, mode, { durability: 'strict' });
      const request = action(transaction.objectStore(table));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

function isSame(one, other) {
  return one === other || (one?.length === other?.length && one.every((byte, i) => byte === other[i]));
}
