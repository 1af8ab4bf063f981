namespace Keelson.Cli.Templates;

/// <summary>The values of pipelines.</summary>
internal static class Evaluator
{
    /// <summary>The value of a pipeline; variables get it too.</summary>
    public static object? Evaluate(Pipeline pipeline, object? dot, Scope scope)
    {
        object? value = null;
        for (int i = 0; i < pipeline.Commands.Count; i++)
        {
            Operand[] command = pipeline.Commands[i];
            value = Call(command, i > 0, value, dot, scope);
        }
        foreach (string variable in pipeline.Variables) scope.Set(variable, value, pipeline.Declares);
        return value;
    }

    private static object? Call(Operand[] command, bool hasLast, object? last, object? dot, Scope scope)
    {
        Operand first = command[0];
        if (first is FunctionOperand { Name: "and" or "or" } logic && !hasLast) return Logic(logic, command, dot, scope);
        int extra = hasLast ? 1 : 0;
        if (first is FunctionOperand function)
        {
            object? result = Functions.Call(function.Name, Values(command, hasLast, last, dot, scope));
            foreach (string field in function.Fields) result = Field(result, field);
            return result;
        }
        if (command.Length + extra == 1) return Value(first, dot, scope);
        if (first.Fields.Count == 0) throw new TemplateException("a value that is no function has arguments");
        object? target = Value(first, dot, scope, first.Fields.Count - 1);
        string method = first.Fields[^1];
        if (target is ITemplateObject called && called.TryCall(method, Values(command, hasLast, last, dot, scope), out object? answer)) return answer;
        throw new TemplateException($"{method} is no method");
    }

    private static object? Logic(FunctionOperand logic, Operand[] command, object? dot, Scope scope)
    {
        object? value = null;
        for (int i = 1; i < command.Length; i++)
        {
            value = Value(command[i], dot, scope);
            if (IsTrue(value) == (logic.Name == "or")) break;
        }
        return value;
    }

    private static object?[] Values(Operand[] command, bool hasLast, object? last, object? dot, Scope scope)
    {
        object?[] values = new object?[command.Length - 1 + (hasLast ? 1 : 0)];
        for (int i = 1; i < command.Length; i++) values[i - 1] = Value(command[i], dot, scope);
        if (hasLast) values[^1] = last;
        return values;
    }

    private static object? Value(Operand operand, object? dot, Scope scope, int fields = int.MaxValue)
    {
        object? value = operand switch
        {
            DotOperand => dot,
            VariableOperand variable => scope.Get(variable.Name),
            ConstantOperand constant => constant.Value,
            PipelineOperand nested => Evaluate(nested.Pipeline, dot, scope),
            FunctionOperand function => Functions.Call(function.Name, []),
            _ => null,
        };
        for (int i = 0; i < operand.Fields.Count && i < fields; i++) value = Field(value, operand.Fields[i]);
        return value;
    }

    private static object? Field(object? value, string name)
    {
        if (value is ITemplateObject fields)
        {
            if (fields.TryGet(name, out object? field)) return field;
            if (fields is JsonMap { IsOpen: true }) return null;
            throw new TemplateException($"there is no field {name}");
        }
        if (value is NilValue) return null;
        throw new TemplateException(value is null ? $"{name} is asked of nothing" : $"{name} is asked of a value without fields");
    }

    /// <summary>Whether a value is not the zero of its kind. text/template "if".</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or NilValue => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        ulong number => number != 0,
        double number => number != 0,
        List<object?> list => list.Count > 0,
        JsonMap { IsOpen: true } map => map.Count > 0,
        _ => true,
    };

    /// <summary>Keys and values of what <c>range</c> goes over; those of a map by their keys.</summary>
    public static IEnumerable<(object? Key, object? Value)> Items(object? value) => value switch
    {
        null or NilValue => [],
        List<object?> list => list.Select((item, index) => ((object?)(long)index, item)),
        ITemplateObject fields => fields.Fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => ((object?)f.Key, f.Value)),
        _ => throw new TemplateException("range goes over lists and maps only"),
    };
}
