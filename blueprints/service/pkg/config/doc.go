// Package config says how the service is to run: which values there are, where
// they come from and which of them cannot work together. It reads flags, the
// environment and the files of secrets through what it is given, and starts
// nothing.
//
// Each flag --a-b has the variable BONE_VAULT_A_B, and each secret the variable
// BONE_VAULT_A_B_FILE with the name of a file too. The first that is given wins:
//
//	flag > variable > file of a secret > default of the environment > default
//
// A variable that is empty counts as not given, since that is how deployment
// tools write "no value".
package config
