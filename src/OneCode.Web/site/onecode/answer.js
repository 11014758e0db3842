/**
 * What a guard acts on (SPEC.md, section 9.3). A verdict has many reasons and a gate few lamps, but never fewer than these.
 * @typedef {'valid' | 'revoked' | 'suspended' | 'stale' | 'notCovered' | 'invalid' | 'cannotTell'} Answer
 */

const OF = Object.freeze({
  Revoked: 'revoked',
  Suspended: 'suspended',
  StatusStale: 'stale',
  TrustStale: 'stale',
  StatusUnknown: 'notCovered',
  NotCovered: 'notCovered',
});

/**
 * @param {{verdict: 'passed' | 'failed' | 'indeterminate', reason?: string}} verdict
 * @returns {Answer}
 */
export function answerOf({ verdict, reason }) {
  if (verdict === 'passed') {
    return 'valid';
  }
  return OF[reason] ?? (verdict === 'failed' ? 'invalid' : 'cannotTell');
}
