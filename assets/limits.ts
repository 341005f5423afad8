/** What fetching an asset may take. */
export interface AssetLimits {
  /** Bytes of one asset. */
  bytes: number;
  /** Seconds without a byte after which a try is given up. */
  idle: number;
  /** Seconds for one try. */
  total: number;
  /** Redirections of one try. */
  redirections: number;
  /** Seconds before each further try. */
  pauses: readonly number[];
}

/**
 * 8 GiB are twice what a DVD holds, and take 11 minutes at 100 Mbit/s; the hour is for slower
 * lines. Browsers follow 20 redirections, downloads of GitHub and mirrors have 1 to 3.
 */
export const usualAssetLimits: AssetLimits = {
  bytes: 8 * 1024 ** 3,
  idle: 30,
  total: 3600,
  redirections: 5,
  pauses: [1, 3, 10],
};
