using System.Text;

namespace Keelson.Cli.Templates;

/// <summary>A template, to be filled again and again. Go's text/template over the values of JSON.</summary>
internal sealed class Template
{
    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    private readonly List<Node> nodes;

    private Template(List<Node> nodes) => this.nodes = nodes;

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">It is none.</exception>
    public static Template Parse(string text) => new(TemplateParser.Parse(text));

    /// <summary>Fills the template.</summary>
    /// <exception cref="TemplateException">It names a field that is not there, or gives a function what it does not take.</exception>
    public string Execute(object? data)
    {
        StringBuilder output = new();
        Scope scope = new(data);
        Run(nodes, data, scope, output);
        return output.ToString();
    }

    private static Flow Run(List<Node> nodes, object? dot, Scope scope, StringBuilder output)
    {
        int mark = scope.Mark;
        Flow flow = Flow.Next;
        foreach (Node node in nodes)
        {
            switch (node)
            {
                case TextNode text: output.Append(text.Text); break;
                case ActionNode action:
                    object? value = Evaluator.Evaluate(action.Pipeline, dot, scope);
                    if (action.Pipeline.Variables.Length == 0) output.Append(value is null ? "<no value>" : GoFormat.Print(value));
                    break;
                case BlockNode block: flow = RunBlock(block, dot, scope, output); break;
                case JumpNode jump: flow = jump.IsBreak ? Flow.Break : Flow.Continue; break;
            }
            if (flow != Flow.Next) break;
        }
        scope.Release(mark);
        return flow;
    }

    private static Flow RunBlock(BlockNode block, object? dot, Scope scope, StringBuilder output)
    {
        int mark = scope.Mark;
        if (block.Keyword == "range")
        {
            RunRange(block, dot, scope, output);
            scope.Release(mark);
            return Flow.Next;
        }
        object? value = Evaluator.Evaluate(block.Pipeline, dot, scope);
        Flow flow = Evaluator.IsTrue(value) ? Run(block.Body, block.Keyword == "with" ? value : dot, scope, output) : Run(block.Otherwise, dot, scope, output);
        scope.Release(mark);
        return flow;
    }

    private static void RunRange(BlockNode block, object? dot, Scope scope, StringBuilder output)
    {
        Pipeline pipeline = block.Pipeline;
        object? value = Evaluator.Evaluate(pipeline with { Variables = [] }, dot, scope);
        int count = 0;
        foreach ((object? key, object? item) in Evaluator.Items(value))
        {
            count++;
            int mark = scope.Mark;
            if (pipeline.Variables.Length > 1) scope.Set(pipeline.Variables[0], key, pipeline.Declares);
            if (pipeline.Variables.Length > 0) scope.Set(pipeline.Variables[^1], item, pipeline.Declares);
            Flow flow = Run(block.Body, item, scope, output);
            scope.Release(mark);
            if (flow == Flow.Break) break;
        }
        if (count == 0) Run(block.Otherwise, dot, scope, output);
    }
}
