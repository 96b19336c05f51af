// The door of the stages: their plans, and what builds their functions.
#pragma once
#include "compiler/stages/Generation.h"
#include "compiler/stages/HeadClasses.h"
#include "compiler/stages/Holes.h"
#include "compiler/stages/Nodes.h"
#include "compiler/stages/Objectives.h"
#include "compiler/stages/StageFunctions.h"
