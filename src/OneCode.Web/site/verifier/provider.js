import { pureSm2, webCrypto, withAlgorithms } from '/onecode/index.js';

/**
 * What this page checks signatures with: ES256, and SM2 where it was built with the library that has its curve.
 * @param {boolean} hasSm2 from the page's settings
 * @returns {Promise<import('/onecode/provider.js').Provider>}
 */
export async function providerOf(hasSm2) {
  if (!hasSm2) {
    return webCrypto;
  }
  const { weierstrass } = await import('/vendor/noble/curves/abstract/weierstrass.js');
  return withAlgorithms(webCrypto, pureSm2({ weierstrass }));
}
