/*
 * What takes the place of the SDK's chain of credential providers in functions: Lambda gives a
 * function its role's credentials in the environment, for as long as it keeps that environment.
 * The other providers (SSO, profiles, processes, metadata services) bring three more clients along.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
