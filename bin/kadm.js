#!/usr/bin/env node
import '../dist/kadm.js'
