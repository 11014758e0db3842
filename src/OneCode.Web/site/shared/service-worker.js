/*
 * Keeps the page for times without a network. Served as /sw.js with a first line in front, written by the server, that names
 * every file and their common version (`onecodeAssets`): the browser gets all of one version or none of it.
 */
const version = `onecode-${self.onecodeAssets.version}`;
const SETTINGS = '/config.json';

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(version);
    await cache.addAll([...self.onecodeAssets.files, SETTINGS].map((path) => new Request(path, { cache: 'no-cache' })));
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith('onecode-') && name !== version);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  // Other origins are the server's answers: never from a cache of the page's own.
  if (url.origin !== self.location.origin || event.request.method !== 'GET') {
    return;
  }
  event.respondWith(url.pathname === SETTINGS ? freshOrKept(event.request) : kept(event.request, url));
});

async function kept(request, url) {
  const cache = await caches.open(version);
  // A page's address may carry a sign-in's answer (`?code=`): the file is the same.
  const found = await cache.match(request.mode === 'navigate' ? '/' : url.pathname);
  return found ?? fetch(request);
}

async function freshOrKept(request) {
  const cache = await caches.open(version);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) {
      await cache.put(SETTINGS, fresh.clone());
    }
    return fresh;
  } catch (error) {
    // TypeError: no network.
    const found = await cache.match(SETTINGS);
    if (found !== undefined) {
      return found;
    }
    throw error;
  }
}
