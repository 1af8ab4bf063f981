namespace Keelson.Cli.Templates;

/// <summary>A part of a template.</summary>
internal abstract record Node;

/// <summary>Text as it is.</summary>
internal sealed record TextNode(string Text) : Node;

/// <summary>A value that is printed, or given to a variable.</summary>
internal sealed record ActionNode(Pipeline Pipeline) : Node;

/// <summary><c>if</c>, <c>with</c> or <c>range</c>: what is done with the value, and what without.</summary>
internal sealed record BlockNode(string Keyword, Pipeline Pipeline, List<Node> Body, List<Node> Otherwise) : Node;

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record JumpNode(bool IsBreak) : Node;

/// <summary>Commands, each of which gets the value of the one before as its last argument; the result may go to variables.</summary>
internal sealed record Pipeline(string[] Variables, bool Declares, List<Operand[]> Commands);

/// <summary>A value of a command, followed by fields.</summary>
internal abstract record Operand
{
    /// <summary>Names of fields, from the outside in.</summary>
    public List<string> Fields { get; } = [];
}

/// <summary>The dot.</summary>
internal sealed record DotOperand : Operand;

/// <summary>A variable; the empty name is <c>$</c>.</summary>
internal sealed record VariableOperand(string Name) : Operand;

/// <summary>A text, a number, true, false, nil.</summary>
internal sealed record ConstantOperand(object? Value) : Operand;

/// <summary>A function.</summary>
internal sealed record FunctionOperand(string Name) : Operand;

/// <summary>A pipeline in parentheses.</summary>
internal sealed record PipelineOperand(Pipeline Pipeline) : Operand;
