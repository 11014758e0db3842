using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Mutation;

/// <summary>
/// Writes all mutants of a file into it, each behind <c>Mutant.Is(number)</c>. Where a condition declares variables it is not doubled but weakened in place, so
/// that the compiler still sees each of them assigned.
/// </summary>
internal sealed partial class Mutator(string file, int first) : CSharpSyntaxRewriter
{
    private static readonly Dictionary<SyntaxKind, (SyntaxKind Kind, SyntaxKind Token)[]> Swaps = new()
    {
        [SyntaxKind.AddExpression] = [(SyntaxKind.SubtractExpression, SyntaxKind.MinusToken)],
        [SyntaxKind.SubtractExpression] = [(SyntaxKind.AddExpression, SyntaxKind.PlusToken)],
        [SyntaxKind.MultiplyExpression] = [(SyntaxKind.DivideExpression, SyntaxKind.SlashToken)],
        [SyntaxKind.DivideExpression] = [(SyntaxKind.MultiplyExpression, SyntaxKind.AsteriskToken)],
        [SyntaxKind.ModuloExpression] = [(SyntaxKind.MultiplyExpression, SyntaxKind.AsteriskToken)],
        [SyntaxKind.LessThanExpression] = [(SyntaxKind.LessThanOrEqualExpression, SyntaxKind.LessThanEqualsToken), (SyntaxKind.GreaterThanOrEqualExpression, SyntaxKind.GreaterThanEqualsToken)],
        [SyntaxKind.LessThanOrEqualExpression] = [(SyntaxKind.LessThanExpression, SyntaxKind.LessThanToken), (SyntaxKind.GreaterThanExpression, SyntaxKind.GreaterThanToken)],
        [SyntaxKind.GreaterThanExpression] = [(SyntaxKind.GreaterThanOrEqualExpression, SyntaxKind.GreaterThanEqualsToken), (SyntaxKind.LessThanOrEqualExpression, SyntaxKind.LessThanEqualsToken)],
        [SyntaxKind.GreaterThanOrEqualExpression] = [(SyntaxKind.GreaterThanExpression, SyntaxKind.GreaterThanToken), (SyntaxKind.LessThanExpression, SyntaxKind.LessThanToken)],
        [SyntaxKind.BitwiseAndExpression] = [(SyntaxKind.BitwiseOrExpression, SyntaxKind.BarToken)],
        [SyntaxKind.BitwiseOrExpression] = [(SyntaxKind.BitwiseAndExpression, SyntaxKind.AmpersandToken)],
        [SyntaxKind.ExclusiveOrExpression] = [(SyntaxKind.BitwiseOrExpression, SyntaxKind.BarToken)],
        [SyntaxKind.LeftShiftExpression] = [(SyntaxKind.RightShiftExpression, SyntaxKind.GreaterThanGreaterThanToken)],
        [SyntaxKind.RightShiftExpression] = [(SyntaxKind.LeftShiftExpression, SyntaxKind.LessThanLessThanToken)],
    };

    private static readonly Dictionary<string, string> Calls = new(StringComparer.Ordinal)
    {
        ["Any"] = "All",
        ["All"] = "Any",
        ["First"] = "Last",
        ["Last"] = "First",
        ["Min"] = "Max",
        ["Max"] = "Min",
        ["StartsWith"] = "EndsWith",
        ["EndsWith"] = "StartsWith",
    };

    private readonly List<Change> changes = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    public IReadOnlyList<Change> Changes => changes;

    /// <summary>Those that did not compile; they are left out as if they had never been thought of.</summary>
    public HashSet<int> Dropped { get; init; } = [];

    // Constants must stay constant; names and messages are not behaviour.
    public override SyntaxNode? VisitAttributeList(AttributeListSyntax node) => node;

    public override SyntaxNode? VisitEnumDeclaration(EnumDeclarationSyntax node) => node;

    public override SyntaxNode? VisitParameterList(ParameterListSyntax node) => node;

    public override SyntaxNode? VisitThrowExpression(ThrowExpressionSyntax node) => node;

    public override SyntaxNode? VisitThrowStatement(ThrowStatementSyntax node) => node;

    public override SyntaxNode? VisitInterpolatedStringExpression(InterpolatedStringExpressionSyntax node) => node;

    public override SyntaxNode? VisitSwitchExpressionArm(SwitchExpressionArmSyntax node) => node.WithExpression((ExpressionSyntax)Visit(node.Expression)!);

    public override SyntaxNode? VisitIsPatternExpression(IsPatternExpressionSyntax node)
    {
        var visited = node.WithExpression((ExpressionSyntax)Visit(node.Expression)!);
        if (HasDeclarations(node) || !IsBoolean(node))
        {
            return visited;
        }

        ExpressionSyntax result = visited;
        foreach (var relational in node.Pattern.DescendantNodesAndSelf().OfType<RelationalPatternSyntax>())
        {
            var token = relational.OperatorToken.Kind() switch
            {
                SyntaxKind.LessThanToken => SyntaxKind.LessThanEqualsToken,
                SyntaxKind.LessThanEqualsToken => SyntaxKind.LessThanToken,
                SyntaxKind.GreaterThanToken => SyntaxKind.GreaterThanEqualsToken,
                _ => SyntaxKind.GreaterThanToken,
            };
            var changed = node.WithPattern(node.Pattern.ReplaceNode(relational, relational.WithOperatorToken(Token(token))));
            result = Either(node, result, changed, "boundary");
        }

        return Flip(node, result, "negated");
    }

    public override SyntaxNode? VisitFieldDeclaration(FieldDeclarationSyntax node) => node.Modifiers.Any(SyntaxKind.ConstKeyword) ? node : base.VisitFieldDeclaration(node);

    public override SyntaxNode? VisitLocalDeclarationStatement(LocalDeclarationStatementSyntax node) => node.IsConst ? node : base.VisitLocalDeclarationStatement(node);

    public override SyntaxNode? VisitLiteralExpression(LiteralExpressionSyntax node) => node.Kind() switch
    {
        SyntaxKind.TrueLiteralExpression when node.Parent is not (WhileStatementSyntax or NameColonSyntax) => Replace(node, number => $"!Mutant.Is({number})", "false"),
        SyntaxKind.FalseLiteralExpression => Replace(node, number => $"Mutant.Is({number})", "true"),
        SyntaxKind.StringLiteralExpression when node.Token.ValueText.Length > 0 => Replace(node, number => $"(Mutant.Is({number}) ? \"\" : {node.Token.Text})", "\"\""),
        _ => node,
    };

    public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        var visited = (ExpressionSyntax)base.VisitBinaryExpression(node)!;
        switch (node.Kind())
        {
            // Each operand of a chain has its turn at meaning nothing: a check that no test would miss.
            case SyntaxKind.LogicalAndExpression:
            case SyntaxKind.LogicalOrExpression:
                var binary = (BinaryExpressionSyntax)visited;
                var right = Neutral(node.Right, binary.Right, node.Kind());
                var left = node.Left.IsKind(node.Kind()) ? binary.Left : Neutral(node.Left, binary.Left, node.Kind());
                return binary.WithLeft(left).WithRight(right);
            case SyntaxKind.EqualsExpression:
            case SyntaxKind.NotEqualsExpression:
                return Flip(node, visited, node.IsKind(SyntaxKind.EqualsExpression) ? "!=" : "==");
            case SyntaxKind.CoalesceExpression when node.Right is not ThrowExpressionSyntax && !HasDeclarations(node):
                return Either(node, visited, node.Right, "right of ??");
            default:
                break;
        }

        if (!Swaps.TryGetValue(node.Kind(), out var swaps) || HasDeclarations(node) || IsText(node.Left) || IsText(node.Right))
        {
            return visited;
        }

        return swaps.Aggregate(visited, (result, swap) =>
            Either(node, result, SyntaxFactory.BinaryExpression(swap.Kind, node.Left, Token(swap.Token), node.Right), SyntaxFacts.GetText(swap.Token)));
    }

    public override SyntaxNode? VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        var visited = (ExpressionSyntax)base.VisitPrefixUnaryExpression(node)!;
        return node.Kind() switch
        {
            SyntaxKind.UnaryMinusExpression when node.Operand is not LiteralExpressionSyntax => Either(node, visited, node.Operand, "without -"),
            SyntaxKind.BitwiseNotExpression => Either(node, visited, node.Operand, "without ~"),
            SyntaxKind.LogicalNotExpression => Flip(node, visited, "without !"),
            _ => visited,
        };
    }

    public override SyntaxNode? VisitConditionalExpression(ConditionalExpressionSyntax node)
    {
        var visited = (ConditionalExpressionSyntax)base.VisitConditionalExpression(node)!;
        return Mentions(node.Condition) ? visited : visited.WithCondition(Flip(node.Condition, visited.Condition, "condition negated"));
    }

    public override SyntaxNode? VisitIfStatement(IfStatementSyntax node)
    {
        var visited = (IfStatementSyntax)base.VisitIfStatement(node)!;
        return visited.WithCondition(Neutral(node.Condition, Neutral(node.Condition, visited.Condition, SyntaxKind.LogicalAndExpression), SyntaxKind.LogicalOrExpression));
    }

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        var visited = (ExpressionSyntax)base.VisitInvocationExpression(node)!;
        return node.Expression is MemberAccessExpressionSyntax { Name: IdentifierNameSyntax { Identifier.ValueText: var name } } member
            && Calls.TryGetValue(name, out var other) && node.ArgumentList.Arguments.Count > 0 && !HasDeclarations(node)
            ? Either(node, visited, node.WithExpression(member.WithName(SyntaxFactory.IdentifierName(other))), other)
            : visited;
    }

    public override SyntaxNode? VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        var visited = (ExpressionStatementSyntax)base.VisitExpressionStatement(node)!;
        var removable = node.Expression switch
        {
            // Argument checks only choose which exception it is, and a plain local must be assigned.
            InvocationExpressionSyntax invocation => !invocation.ToString().Contains(".ThrowIf", StringComparison.Ordinal) && !HasDeclarations(node),
            AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Left: IdentifierNameSyntax name } => char.IsUpper(name.Identifier.ValueText[0]),
            AssignmentExpressionSyntax { RawKind: (int)SyntaxKind.SimpleAssignmentExpression, Left: TupleExpressionSyntax } => false,
            AssignmentExpressionSyntax or PostfixUnaryExpressionSyntax or PrefixUnaryExpressionSyntax => true,
            _ => false,
        };
        if (!removable || Numbered(node, "removed") is not { } number)
        {
            return visited;
        }

        return SyntaxFactory.ParseStatement($"if (!Mutant.Is({number})) {{ {visited.WithoutTrivia()} }}").WithTriviaFrom(node);
    }

    private static SyntaxToken Token(SyntaxKind kind) => SyntaxFactory.Token(SyntaxFactory.TriviaList(SyntaxFactory.Space), kind, SyntaxFactory.TriviaList(SyntaxFactory.Space));

    private static bool HasDeclarations(SyntaxNode node) => node.DescendantNodesAndSelf().Any(inside => inside is DeclarationExpressionSyntax or SingleVariableDesignationSyntax or StackAllocArrayCreationExpressionSyntax);

    // What a pattern declares is assigned only where the pattern holds.
    private static bool Mentions(SyntaxNode node) => node.DescendantNodesAndSelf().OfType<SingleVariableDesignationSyntax>().Any(declared => declared.Parent is not DeclarationExpressionSyntax);

    // By a pattern: null for an out variable, which is assigned either way.
    private static bool? IsAssignedWhen(SingleVariableDesignationSyntax declared) => declared.Parent is DeclarationExpressionSyntax
        ? null
        : !declared.Ancestors().TakeWhile(ancestor => ancestor is PatternSyntax or SubpatternSyntax or PropertyPatternClauseSyntax or PositionalPatternClauseSyntax)
            .Any(ancestor => ancestor.IsKind(SyntaxKind.NotPattern));

    // An out variable behind an operand that may be the last one asked: assigned for certain only at one outcome of the chain, and that must stay its own. Each
    // operand by itself may still be weakened.
    private static bool IsReadLate(SyntaxNode node, SyntaxKind chain) => node.DescendantNodesAndSelf().OfType<DeclarationExpressionSyntax>().Any(declared =>
        declared.AncestorsAndSelf().TakeWhile(inside => inside != node).Any(inside =>
            inside.Parent is BinaryExpressionSyntax { RawKind: var kind } binary && binary.Right == inside && ((SyntaxKind)kind == chain || IsNegated(binary, node))));

    private static bool IsNegated(SyntaxNode inside, SyntaxNode node) =>
        inside.Ancestors().TakeWhile(ancestor => ancestor != node.Parent).Any(ancestor => ancestor.IsKind(SyntaxKind.LogicalNotExpression));

    private static bool IsText(ExpressionSyntax node) => node is InterpolatedStringExpressionSyntax || node.IsKind(SyntaxKind.StringLiteralExpression);

    private static bool IsBoolean(SyntaxNode node) => node.Ancestors().All(ancestor => ancestor is not (CaseSwitchLabelSyntax or CasePatternSwitchLabelSyntax));

    private int? Numbered(SyntaxNode node, string what)
    {
        var number = first + changes.Count;
        var line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
        var text = Blanks().Replace(node.ToString(), " ");
        text = text.Length > 90 ? text[..90] + "..." : text;
        var (member, times) = (MemberOf(node), 1);
        while (!names.Add($"{member}\t{what}\t{text}{Times(times)}"))
        {
            times++;
        }

        changes.Add(new Change(number, file, line, member, text + Times(times), what, IsStatic(node)));
        return Dropped.Contains(number) ? null : number;
    }

    private static string Times(int times) => times == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({times})");

    private static string MemberOf(SyntaxNode node) => node.Ancestors().OfType<MemberDeclarationSyntax>().FirstOrDefault() switch
    {
        MethodDeclarationSyntax method => method.Identifier.ValueText,
        PropertyDeclarationSyntax property => property.Identifier.ValueText,
        ConstructorDeclarationSyntax => "constructor",
        FieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.ValueText,
        BaseTypeDeclarationSyntax type => type.Identifier.ValueText,
        var other => other?.Kind().ToString() ?? "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    // Run once a process, whoever comes first.
    private static bool IsStatic(SyntaxNode node) => node.Ancestors().Any(ancestor => ancestor switch
    {
        FieldDeclarationSyntax field => field.Modifiers.Any(SyntaxKind.StaticKeyword),
        EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property } => property.Modifiers.Any(SyntaxKind.StaticKeyword),
        ConstructorDeclarationSyntax constructor => constructor.Modifiers.Any(SyntaxKind.StaticKeyword),
        _ => false,
    });

    private ExpressionSyntax Replace(ExpressionSyntax node, Func<string, string> write, string what) => Numbered(node, what) is { } number
        ? SyntaxFactory.ParseExpression(write(number.ToString(CultureInfo.InvariantCulture))).WithTriviaFrom(node)
        : node;

    private ExpressionSyntax Either(ExpressionSyntax node, ExpressionSyntax visited, ExpressionSyntax changed, string what) => Numbered(node, what) is { } number
        ? SyntaxFactory.ParseExpression($"(Mutant.Is({number}) ? ({changed.WithoutTrivia()}) : ({visited.WithoutTrivia()}))").WithTriviaFrom(node)
        : visited;

    private ExpressionSyntax Flip(ExpressionSyntax node, ExpressionSyntax visited, string what) =>
        Mentions(node) || IsReadLate(node, SyntaxKind.LogicalAndExpression) || IsReadLate(node, SyntaxKind.LogicalOrExpression) || Numbered(node, what) is not { } number
        ? visited
        : SyntaxFactory.ParseExpression($"(Mutant.Is({number}) ^ ({visited.WithoutTrivia()}))").WithTriviaFrom(node);

    private ExpressionSyntax Neutral(ExpressionSyntax node, ExpressionSyntax visited, SyntaxKind chain)
    {
        var means = chain == SyntaxKind.LogicalAndExpression;
        return node.DescendantNodesAndSelf().OfType<SingleVariableDesignationSyntax>().Any(declared => IsAssignedWhen(declared) == means) || IsReadLate(node, chain) || Numbered(node, means ? "always true" : "always false") is not { } number
            ? visited
            : SyntaxFactory.ParseExpression(means ? $"(({visited.WithoutTrivia()}) || Mutant.Is({number}))" : $"(({visited.WithoutTrivia()}) && !Mutant.Is({number}))").WithTriviaFrom(node);
    }
}

/// <summary>One mutant.</summary>
internal sealed record Change(int Number, string File, int Line, string Member, string Text, string What, bool IsStatic)
{
    /// <summary>What it is called wherever it stands: lines come and go.</summary>
    public string Name => $"{File}\t{Member}\t{What}\t{Text}";
}
