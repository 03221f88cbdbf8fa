package org.jenkinsci.plugins.workflow.cps;

import com.cloudbees.groovy.cps.SerializableScript;

/** Stand-in for the base class that Jenkins gives to every script, vars files included. */
public abstract class CpsScript extends SerializableScript {
    private static final long serialVersionUID = 1L;
}
