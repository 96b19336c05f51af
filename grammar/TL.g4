// The grammar of `.tl` scripts. Line ends, roles and bracket repair happen before it, in compiler/syntax/TokenLayout.cpp:
// every declaration, item and statement reaches the parser ended by exactly one SEP, also in front of a `}`.
// Each rule is decided by its next token or two (`require`, which may also be a name, by its `else`), and the rules that end in SEP are where reading resumes after an error.
grammar TL;

file: declaration* EOF;

declaration
  : 'use' usePath (',' usePath)* SEP                                                               # useDeclaration
  | 'dim' name '=' expr SEP                                                                        # dimDeclaration
  | 'param' name (':' type)? '=' expr ('in' '[' expr ',' expr ']')? SEP                            # paramDeclaration
  | 'data' name '{' dataItem* '}' SEP                                                              # dataDeclaration
  | ('layer' | 'model' | 'adapter') name formals? '{' layerItem* '}' SEP                           # layerDeclaration
  | 'fn' name formals results? block SEP                                                           # fnDeclaration
  | 'optimizer' name formals? '{' optimizerItem* '}' SEP                                           # optimizerDeclaration
  | 'objective' name formals block SEP                                                             # objectiveDeclaration
  | 'metric' name formals (('higher' | 'lower') 'is' 'better' | 'as' 'curve' '(' axis ',' axis ')')? block SEP # metricDeclaration
  | ('schedule' | 'augment') name formals? '{' memberFunction* '}' SEP                             # functionDeclaration
  | 'remap' name formals? '{' weightRule* '}' SEP                                                  # remapDeclaration
  | ('pretrain' | 'finetune' | 'load') name ':' name 'on' name ('without' labels='labels')? '{' stageItem* '}' SEP # stageDeclaration
  | 'tune' name '{' tuneItem* '}' SEP                                                               # tuneDeclaration
  | 'folds' name '{' foldsItem* '}' SEP                                                             # foldsDeclaration
  | 'test' checkpoint 'on' name '.' name '{' testItem* '}' SEP                                      # testDeclaration
  | 'deploy' checkpoint '{' prediction* '}' SEP                                                    # deployDeclaration
  ;

usePath: name ('.' name)*;
axis: name;
tuneItem
  : 'vary' varied (',' varied)* SEP                                                                # varyItem
  | 'trials' expr SEP                                                                              # trialsItem
  | ('minimise' | 'maximise') name '.' name arguments? SEP                                         # goalItem
  | 'by' expr SEP                                                                                  # searchItem
  ;
varied: name 'in' (scale=name? '[' expr ',' expr ']' | '{' expr (',' expr)* SEP '}');  // scale: `log`
foldsItem
  : 'parts' expr ('by' name)? SEP                                                                  # partsItem
  | 'report' measured (',' measured)* SEP                                                          # foldsReportItem
  ;
measured: name '.' name arguments?;  // `val.loss`
checkpoint: name '.' name ('.' name)?;  // `cls.best`, `cls.tuned.best`
testItem
  : 'report' reported (',' reported)* SEP                                                          # reportItem
  | 'interval' expr ('draws' expr)? SEP                                                            # intervalItem
  ;
reported: name arguments?;
prediction: name '(' (name (',' name)*)? ')' ('->' name (',' name)* ('by' expr)? | 'repeats' expr ('batch' expr)?) SEP;

// Data

dataItem
  : 'source' name name arguments ('where' expr)? SEP                                               # sourceItem
  | 'split' splitPart (',' splitPart)* 'by' name SEP                                               # splitItem
  | 'augment' name '{' augmentSteps* '}' SEP                                                       # augmentItem
  | name (',' name)* '=' expr SEP                                                                  # fieldItem
  ;

splitPart: name expr ('where' expr)?;
augmentSteps: augmentStep (',' augmentStep)* SEP;
augmentStep: expr (':' expr)?;  // `field: step`

// Layers and the other definitions

layerItem
  : ('weight' | 'buffer') name (':' type)? '=' expr ROLE* ('when' expr)? SEP                       # slotItem
  | name '=' value SEP                                                                             # subLayerItem
  | requirement SEP                                                                                # layerRequireItem
  | 'published' formals weights SEP                                                                # publishedItem
  | function SEP                                                                                   # functionItem
  ;

optimizerItem
  : 'state' name (':' type)? '=' expr ('when' expr)? SEP                                           # stateItem
  | requirement SEP                                                                                # optimizerRequireItem
  | function SEP                                                                                   # updateItem
  ;

memberFunction: (requirement | function) SEP;
requirement: 'require' expr 'else' STRING;
function: name formals results? block;
formals: '(' (formal (',' formal)*)? ')';
formal: name (':' type)? ('=' expr)?;
results: '->' (type | '(' type (',' type)* ')');
type: name shape?;
shape: '[' (dimension (',' dimension)*)? ']';
dimension: expr | '..';

value: expr loading?;
loading: 'from' expr (by='by' expr)? weights?;
weights: '{' weightRule* '}';
weightRule
  : ('new' | 'ignore') ':' chosen (',' chosen)* SEP                                                # chooseRule
  | path '=' expr SEP                                                                              # takeRule
  ;
chosen: selector | STRING;  // a string: names of the file, with `*` and `**`

// Stages

stageItem
  : 'phase' name '{' rule_* '}' SEP                                                                # phaseItem
  | rule_                                                                                          # ruleItem
  ;

rule_
  : 'freeze' selector ('of' selector | ('in' name)? (updating='updating' 'stats' | with='with' 'dropout')?) SEP  # freezeRule
  | 'train' selector SEP                                                                           # trainRule
  | 'adapt' selector 'with' value SEP                                                              # adaptRule
  | 'lr' (FACTOR word=('for' | 'per') | expr 'for') selector SEP                                     # rateRule
  | ('objective' | 'optimizer') expr SEP                                                           # choiceRule
  | 'schedule' (across='across' 'phases')? expr SEP                                                # scheduleRule
  | 'batch' expr (accumulate='accumulate' expr)? SEP                                               # batchRule
  | ('epochs' | 'steps') expr ('in' turn='turn')? SEP                                              # lengthRule
  | 'accumulate' expr SEP                                                                          # accumulateRule
  | 'clip' 'norm' expr SEP                                                                         # clipRule
  | 'average' expr SEP                                                                             # averageRule
  | 'stop' 'early' watched SEP                                                                     # stopRule
  | 'keep' 'best' watched ('as' name)? SEP                                                         # keepRule
  | 'sample' way=('alike' | 'rising')? 'by' name ('from' expr)? SEP                                # sampleRule
  | 'precision' name SEP                                                                           # precisionRule
  | 'budget' 'memory' expr unit=name? SEP                                                          # budgetRule
  ;

watched: '(' name '.' name (',' argument)* ')';

selector
  : '(' selector ')'                                                                               # groupSelector
  | ROLE                                                                                           # roleSelector
  | ':' name                                                                                       # typeSelector
  | path ('(' path ')')?                                                                           # pathSelector
  | selector word='and' selector                                                                   # combinedSelector
  | selector word='or' selector                                                                    # combinedSelector
  | selector word='except' selector                                                                # combinedSelector
  ;

path: pathPart ('.' pathPart)*;
pathPart: name ('[' indexItem ']')? | '*' | '**';

// Bodies

block: '{' statement* '}';

statement
  : requirement SEP                                                                                # requireStatement
  | 'metric' name '=' expr SEP                                                                     # metricStatement
  | expr (',' expr)* (('=' | '<-') expr | loading)? SEP                                            # plainStatement
  ;

expr
  : '(' expr ')'                                                                                   # groupExpr
  | expr '.' name                                                                                  # memberExpr
  | expr arguments                                                                                 # callExpr
  | expr '[' indexItem (',' indexItem)* ']'                                                        # indexExpr
  | expr 'as' shape                                                                                # asExpr
  | <assoc = right> expr op='^' expr                                                               # binaryExpr
  | '-' expr                                                                                       # unaryExpr
  | expr op=('*' | '/' | '%' | '@') expr                                                           # binaryExpr
  | expr 'on' name ('batch' records)?                                                              # onExpr
  | expr op=('+' | '-') expr                                                                       # binaryExpr
  | expr op=('==' | '!=' | '<' | '<=' | '>' | '>=') expr                                           # binaryExpr
  | 'not' expr                                                                                     # unaryExpr
  | expr op='and' expr                                                                             # binaryExpr
  | expr op='or' expr                                                                              # binaryExpr
  | expr '|>' expr                                                                                 # pipeExpr
  | expr 'over' expr                                                                               # overExpr
  | conditional                                                                                    # ifExpr
  | 'fn' '(' (name (',' name)*)? ')' block                                                         # lambdaExpr
  | '[' (value (',' value)*)? ']'                                                                  # listExpr
  | NUMBER                                                                                         # numberExpr
  | STRING                                                                                         # stringExpr
  | ('true' | 'false')                                                                             # boolExpr
  | 'none'                                                                                         # noneExpr
  | name                                                                                           # nameExpr
  ;

records: '(' expr ')' | NUMBER | name;  // of a batch

conditional: 'if' expr block ('else' (block | conditional))?;

arguments: '(' (argument (',' argument)*)? ')';
argument: expr ('=' expr)? (restriction=('for' | 'except') selector)?;  // `name = value`
indexItem
  : ':'
  | range='..' expr?
  | expr (range='..' expr?)?
  ;

// Every word but the reserved ones (and or not over as if else fn true false none) is a name wherever a
// name can stand.
name
  : WORD | 'use' | 'dim' | 'param' | 'in' | 'data' | 'layer' | 'model' | 'adapter' | 'optimizer' | 'objective' | 'higher' | 'lower' | 'is'
  | 'better' | 'schedule' | 'augment' | 'pretrain' | 'finetune' | 'load' | 'on' | 'without' | 'labels' | 'test' | 'deploy' | 'report' | 'interval' | 'draws'
  | 'source' | 'split' | 'by' | 'where' | 'weight' | 'buffer' | 'when' | 'state' | 'from' | 'new' | 'ignore' | 'phase' | 'freeze' | 'of'
  | 'updating' | 'stats' | 'with' | 'dropout' | 'train' | 'adapt' | 'lr' | 'for' | 'per' | 'phases' | 'batch' | 'accumulate' | 'epochs' | 'steps'
  | 'clip' | 'norm' | 'average' | 'stop' | 'early' | 'keep' | 'best' | 'except' | 'across' | 'metric' | 'repeats' | 'remap' | 'require' | 'sample'
  | 'published' | 'precision' | 'tune' | 'vary' | 'trials' | 'minimise' | 'maximise' | 'turn' | 'folds' | 'parts' | 'curve' | 'budget'
  | 'memory' | 'alike' | 'rising'
  ;

LBRACE: '{';
RBRACE: '}';
LPAREN: '(';
RPAREN: ')';
LBRACKET: '[';
RBRACKET: ']';
COMMA: ',';
COLON: ':';
DOT: '.';
BIND: '=';
ASSIGN: '<-';
ARROW: '->';
PIPE: '|>';
PLUS: '+';
MINUS: '-';
STAR: '*';
DOUBLE_STAR: '**';
SLASH: '/';
PERCENT: '%';
AT: '@';
POWER: '^';
EQUAL: '==';
UNEQUAL: '!=';
LESS: '<';
LESS_EQUAL: '<=';
GREATER: '>';
GREATER_EQUAL: '>=';
AND: 'and';
OR: 'or';
NOT: 'not';
OVER: 'over';
AS: 'as';
IF: 'if';
ELSE: 'else';
FN: 'fn';
FROM: 'from';
ON: 'on';
METRIC: 'metric';

WORD: [A-Za-z_] [A-Za-z0-9_]*;
NUMBER: DIGITS ('.' DIGITS)? ([eE] [+-]? DIGITS)?;
FACTOR: DIGITS ('.' DIGITS)? 'x';
STRING: '"' (~["\\\r\n] | '\\' ~[\r\n])* '"';
ROLE: '@' [A-Za-z_] [A-Za-z0-9_]*;
SEP: ';';
NEWLINE: '\n';
DOC: '##' ~[\r\n]* -> channel(HIDDEN);
COMMENT: '#' ~[\r\n]* -> skip;
BLANK: [ \t\r]+ -> skip;
BYTE_ORDER_MARK: '\u00EF\u00BB\u00BF' -> skip;
UNCLOSED_STRING: '"' (~["\\\r\n] | '\\' ~[\r\n])*;
STRAY: .;

fragment DIGITS: [0-9]+;
